// gallery_bench FOLDER SUBJECTS DIMENSION: times of a store of random templates (synthetic: uniform on the sphere).
// gallery_bench FOLDER [fetched]: opens and loads such a store again, and searches; `fetched`: without fp32 copies.
// Prints one JSON object. The folder must be empty at first; it is left for a look and can be deleted.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
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

namespace {

int load_again(const std::filesystem::path& folder, std::size_t copies_at_most) {
    const Maker maker{"synthetic", "1", "none"};
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    auto store = Store::open(folder, {.master_key = master_key_source(folder)});
    if (!store) return fail(store.error());
    std::size_t said = 0;
    const auto tell = [&](std::size_t loaded, std::size_t about) {
        if (loaded < said + 1'000'000) return;
        said = loaded;
        std::fprintf(stderr, "%zu of %zu\n", loaded, about);
    };
    auto live = LiveGallery::open(*store, "g", maker, {.copies_at_most = copies_at_most, .on_progress = tell});
    if (!live) return fail(live.error());
    const double seconds = since(start);
    const double cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    std::mt19937 random(2);
    const std::size_t dimension = store->find_template(1, maker).value()->values.size();
    std::vector<double> times;
    std::vector<double> cpu_times;
    for (int i = 0; i < 11; ++i) {
        const std::vector probes{Template{maker, random_template(random, dimension)}};
        const auto begun = std::chrono::steady_clock::now();
        const std::clock_t cpu_begun = std::clock();
        if (auto looks = live->search(probes, {}); !looks) return fail(looks.error());
        times.push_back(since(begun) * 1e3);
        cpu_times.push_back(static_cast<double>(std::clock() - cpu_begun) * 1e3 / CLOCKS_PER_SEC);
    }
    std::ranges::sort(times);
    std::ranges::sort(cpu_times);
    std::vector<Template> batch;
    for (int i = 0; i < 32; ++i) batch.push_back({maker, random_template(random, dimension)});
    const std::clock_t batch_begun = std::clock();
    if (auto looks = live->search(batch, {}); !looks) return fail(looks.error());
    const double batch_cpu = static_cast<double>(std::clock() - batch_begun) * 1e3 / CLOCKS_PER_SEC;
    std::printf(
        "{\"templates\": %zu, \"open_and_load_s\": %.2f, \"load_cpu_s\": %.2f, \"memory_mib\": %.0f, \"search_ms\": "
        "%.2f, "
        "\"search_cpu_ms\": %.2f, \"batch_of_32_cpu_ms\": %.1f, \"memory\": \"%s\"}\n",
        live->size(), seconds, cpu_seconds, static_cast<double>(live->memory()) / (1 << 20), times[times.size() / 2],
        cpu_times[times.size() / 2], batch_cpu, live->memory_note().empty() ? "locked" : live->memory_note().c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2) return load_again(argv[1], std::size_t{1} << 40);
    if (argc == 3 && std::string_view(argv[2]) == "fetched") return load_again(argv[1], 0);
    if (argc != 4) return std::fprintf(stderr, "gallery_bench FOLDER [SUBJECTS DIMENSION | fetched]\n"), 2;
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
