// gallery_bench FOLDER SUBJECTS DIMENSION: times of a store of random templates (synthetic: uniform on the sphere).
// Prints one JSON object. The folder must be empty; it is left for a look and can be deleted.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "gallery/keys/key.h"
#include "gallery/live.h"

namespace {

using namespace mien;
using namespace mien::gallery;
using Seconds = std::chrono::duration<double>;

double since(std::chrono::steady_clock::time_point start) {
    return Seconds(std::chrono::steady_clock::now() - start).count();
}

std::vector<float> random_template(std::mt19937& random, std::size_t dimension) {
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

Enrolment person(std::mt19937& random, std::size_t number, std::size_t dimension) {
    Enrolment person{.subject = "person " + std::to_string(number)};
    person.samples.push_back({.made = {{{"synthetic", "1", "none"}, random_template(random, dimension)}},
                              .quality = 50,
                              .source = "none",
                              .content = digest_of(as_bytes("picture " + std::to_string(number)))});
    return person;
}

int fail(const Error& error) {
    std::fprintf(stderr, "gallery_bench: %s\n", error.message.c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return std::fprintf(stderr, "gallery_bench FOLDER SUBJECTS DIMENSION\n"), 2;
    const std::filesystem::path folder = argv[1];
    const auto subjects = static_cast<std::size_t>(std::atoll(argv[2]));
    const auto dimension = static_cast<std::size_t>(std::atoll(argv[3]));
    const StoreOptions options{.master_key = master_key_source(folder)};
    std::mt19937 random(1);
    const Actor actor{"bench", ""};
    double seconds_enrol = 0;
    std::vector<double> singles;
    {
        auto store = Store::open(folder, options);
        if (!store) return fail(store.error());
        if (auto made = store->create({.name = "g"}, actor); !made) return fail(made.error());
        for (std::size_t first = 0; first < subjects;) {
            std::vector<Enrolment> people;
            for (; people.size() < 1000 && first < subjects; ++first)
                people.push_back(person(random, first, dimension));
            const auto start = std::chrono::steady_clock::now();
            if (auto done = store->enrol("g", people, actor); !done) return fail(done.error());
            seconds_enrol += since(start);
        }
        for (std::size_t i = 0; i < 51; ++i) {
            const std::vector people{person(random, subjects + i, dimension)};
            const auto start = std::chrono::steady_clock::now();
            if (auto done = store->enrol("g", people, actor); !done) return fail(done.error());
            singles.push_back(since(start) * 1e3);
        }
    }
    std::sort(singles.begin(), singles.end());
    auto start = std::chrono::steady_clock::now();
    auto store = Store::open(folder, options);
    if (!store) return fail(store.error());
    auto live = LiveGallery::open(*store, "g", {"synthetic", "1", "none"}, {});
    if (!live) return fail(live.error());
    const double seconds_load = since(start);
    const std::vector probes{Template{{"synthetic", "1", "none"}, random_template(random, dimension)}};
    start = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i)
        if (auto looks = live->search(probes, {}); !looks) return fail(looks.error());
    const double milliseconds_search = since(start) * 1e3 / 5;
    start = std::chrono::steady_clock::now();
    ChainCheck chain(store->audit_key(), CheckSignatures::LastOnly);
    if (auto read = store->read_audit(1, [&](const AuditRecord& record) { return chain.add(record); }); !read)
        return fail(read.error());
    if (auto whole = chain.finish(); !whole) return fail(whole.error());
    const double seconds_audit = since(start);
    start = std::chrono::steady_clock::now();
    auto proof = store->forget("g", "person 7", actor);
    if (!proof) return fail(proof.error());
    const double seconds_forget = since(start);
    std::printf(
        "{\"templates\": %zu, \"dimension\": %zu, \"enrolled_a_second\": %.0f, \"one_enrolment_ms\": %.2f, "
        "\"open_and_load_s\": %.2f, "
        "\"search_ms\": %.2f, \"audit_records\": %lld, \"audit_verify_s\": %.2f, \"forget_s\": %.2f, \"disk_bytes\": "
        "%llu, \"memory\": \"%s\"}\n",
        live->size(), dimension, static_cast<double>(subjects) / seconds_enrol, singles[singles.size() / 2],
        seconds_load, milliseconds_search, static_cast<long long>(chain.records()), seconds_audit, seconds_forget,
        static_cast<unsigned long long>(std::filesystem::file_size(folder / "mien.db") +
                                        std::filesystem::file_size(folder / "keys.db")),
        live->memory_note().empty() ? "locked" : live->memory_note().c_str());
    return 0;
}
