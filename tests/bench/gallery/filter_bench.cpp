// filter_bench FOLDER SUBJECTS: what filters by metadata cost, and whether they find what a plain look finds. A store
// of random templates of 128 numbers (synthetic: uniform on the sphere), one a subject, in 1,000 groups. Prints JSON.
// The folder must be empty; it is left for a look and can be deleted.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>

#include "gallery/live.h"
#include "gallery/search/similarity.h"

namespace {

using namespace mien;
using namespace mien::gallery;

constexpr std::size_t dimension = 128;
const Maker maker{"synthetic", "1", "none"};

std::vector<float> random_values(std::mt19937& random) {
    std::normal_distribution<float> normal;
    std::vector<float> values(dimension);
    double length = 0;
    for (float& value : values) {
        value = normal(random);
        length += double{value} * value;
    }
    for (float& value : values) value = static_cast<float>(value / std::sqrt(length));
    return values;
}

double cpu_seconds(std::clock_t since) {
    return static_cast<double>(std::clock() - since) / CLOCKS_PER_SEC;
}

int fail(const Error& error) {
    std::fprintf(stderr, "filter_bench: %s\n", error.message.c_str());
    return 1;
}

struct Wish {
    const char* name;
    std::vector<const char*> conditions;
    std::size_t from, before;  // groups
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fprintf(stderr, "filter_bench FOLDER SUBJECTS\n"), 2;
    const std::filesystem::path folder = argv[1];
    const auto subjects = static_cast<std::size_t>(std::atoll(argv[2]));
    auto store = Store::open(folder, {.master_key = master_key_source(folder)});
    if (!store) return fail(store.error());
    if (auto made = store->create({.name = "g"}, {}); !made) return fail(made.error());
    std::mt19937 random(1);
    std::vector<std::vector<float>> all;
    while (all.size() < subjects) {
        std::vector<Enrolment> people;
        for (; people.size() < 1000 && all.size() < subjects;) {
            all.push_back(random_values(random));
            const std::size_t number = all.size() - 1;
            people.push_back({.subject = std::to_string(number),
                              .metadata = "{\"group\":" + std::to_string(number % 1000) + ",\"team\":\"red\"}"});
            people.back().samples.push_back({.made = {{maker, all.back()}}});
        }
        if (auto done = store->enrol("g", people, {}); !done) return fail(done.error());
    }
    std::clock_t begun = std::clock();
    auto sealed = LiveGallery::open(*store, "g", maker, {.threads = 1});
    if (!sealed) return fail(sealed.error());
    const double plain_load = cpu_seconds(begun);
    begun = std::clock();
    auto live = LiveGallery::open(*store, "g", maker, {.threads = 1, .metadata = LiveOptions::Metadata::Opened});
    if (!live) return fail(live.error());
    std::printf("{\"subjects\": %zu, \"load_cpu_s\": %.2f, \"load_with_metadata_cpu_s\": %.2f", subjects, plain_load,
                cpu_seconds(begun));
    const std::vector<Wish> wishes{{"none", {}, 0, 1000},
                                   {"0.1 %", {"group=7"}, 7, 8},
                                   {"1 %", {"group>=100", "group<110"}, 100, 110},
                                   {"99.9 %", {"group!=0"}, 1, 1000}};
    for (const Wish& wish : wishes) {
        Look look{.top = 10};
        for (const char* text : wish.conditions) look.where.conditions.push_back(*condition_from(text));
        std::vector<double> times;
        std::size_t lost = 0;
        for (int i = 0; i < 11; ++i) {
            const std::vector probes{Template{maker, random_values(random)}};
            begun = std::clock();
            const auto looks = live->search(probes, look);
            times.push_back(cpu_seconds(begun) * 1e3);
            if (!looks) return fail(looks.error());
            std::vector<std::pair<float, std::size_t>> plain;
            for (std::size_t s = 0; s < all.size(); ++s)
                if (s % 1000 >= wish.from && s % 1000 < wish.before)
                    plain.emplace_back(similarity(all[s], probes.front().values), s);
            const auto end = plain.begin() + static_cast<std::ptrdiff_t>(std::min(plain.size(), look.top));
            std::partial_sort(plain.begin(), end, plain.end(), std::greater{});
            for (auto one = plain.begin(); one != end; ++one)
                lost += std::ranges::none_of(looks->front().found, [&](const Found& found) {
                    return store->subject(found.subject)->name == std::to_string(one->second);
                });
        }
        std::ranges::sort(times);
        std::printf(", \"%s\": {\"search_cpu_ms\": %.2f, \"lost\": %zu}", wish.name, times[times.size() / 2], lost);
    }
    std::printf("}\n");
    return 0;
}
