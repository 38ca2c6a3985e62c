// Times Mien's inverted lists over vectors in a file and prints one JSON line for each share of the rows, with recall
// against the exact answer. search.py runs it.
//   lists_bench VECTORS PROBES DIMENSION THREADS ROUNDS K LISTS MATE_STEP
// LISTS 0: the square root of the rows. Every MATE_STEP-th probe, from the first on, is a sample of an enrolled
// subject (0: none is). "recall_at_1" and "recall_at_10" are of all probes, "recall_of_mates" the share of those with a
// mate whose most similar template is found.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "gallery/search/listed_index.h"

namespace {

using namespace mien::gallery;

double cpu_now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double wall_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

std::vector<float> read_floats(const char* file) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    std::vector<float> values(static_cast<std::size_t>(in.tellg()) / sizeof(float));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
    return values;
}

int fail(const mien::Error& error) {
    return std::fprintf(stderr, "%s\n", error.message.c_str()), 3;
}

mien::Status load(ListedIndex& index, const char* file) {
    const std::size_t dimension = index.dimension();
    std::ifstream in(file, std::ios::binary);
    std::vector<float> values(dimension * 10000);
    while (in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * 4)) ||
           in.gcount() > 0) {
        const std::size_t count = static_cast<std::size_t>(in.gcount()) / 4 / dimension;
        const std::size_t rows = index.size();
        std::vector<Row> batch(count);
        for (std::size_t i = 0; i < count; ++i) batch[i] = {rows + i, (rows + i) / 4, 0, 0};
        MIEN_TRY(index.insert(batch, std::span(values).first(count * dimension)));
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 9)
        return std::fprintf(stderr, "lists_bench VECTORS PROBES DIMENSION THREADS ROUNDS K LISTS MATE_STEP\n"), 2;
    const auto number = [&](int at) { return static_cast<std::size_t>(std::strtoull(argv[at], nullptr, 10)); };
    const std::size_t dimension = number(3);
    const std::size_t rounds = number(5);
    const std::size_t k = number(6);
    const std::size_t mate_step = number(8);
    const auto probes = read_floats(argv[2]);
    ListedOptions options;
    options.dimension = dimension;
    options.threads = static_cast<int>(number(4));
    options.lists = number(7);
    options.least_rows = ~std::size_t{0} / 4;  // lists are made once, after all rows are in, and timed apart
    const auto made = ListedIndex::make(options);
    if (!made) return fail(made.error());
    ListedIndex& index = **made;
    const double start = cpu_now();
    if (const auto loaded = load(index, argv[1]); !loaded) return fail(loaded.error());
    const double loaded = cpu_now();
    const double loaded_wall = wall_now();
    if (const auto arranged = index.arrange(); !arranged) return fail(arranged.error());
    const double build = cpu_now() - loaded;
    std::printf(
        "{\"rows\":%zu,\"dimension\":%zu,\"lists\":%zu,\"load_cpu_s\":%.2f,\"build_cpu_s\":%.2f,\"build_s\":%.2f,"
        "\"memory\":%zu}\n",
        index.size(), dimension, index.lists(), loaded - start, build, wall_now() - loaded_wall, index.memory());
    const auto truth = index.search_share(probes, {.k = k}, 1);
    if (!truth) return fail(truth.error());
    const std::size_t all = probes.size() / dimension;
    for (const double share : {0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 1.0}) {
        std::size_t first_right = 0;
        std::size_t right = 0;
        std::size_t mates_right = 0;
        std::size_t mates = 0;
        std::vector<double> cpus;
        for (std::size_t p = 0; p < all; ++p) {
            const double before = cpu_now();
            const auto found = index.search_share(std::span(probes).subspan(p * dimension, dimension), {.k = k}, share);
            const double took = cpu_now() - before;
            if (!found) return fail(found.error());
            if (p < rounds) cpus.push_back(took);
            const auto& hits = found->front().hits;
            const auto& best = (*truth)[p].hits;
            const bool same = !hits.empty() && hits.front() == best.front();
            first_right += same ? 1 : 0;
            if (mate_step > 0 && p % mate_step == 0) {
                ++mates;
                mates_right += same ? 1 : 0;
            }
            for (const Hit& hit : hits) right += std::ranges::find(best, hit) != best.end() ? 1 : 0;
        }
        std::vector<double> together;
        for (std::size_t round = 0; round < std::max<std::size_t>(3, rounds / 4) && all >= 32; ++round) {
            const std::size_t first = round * 32 % (all - 31);
            const double before = cpu_now();
            const auto found =
                index.search_share(std::span(probes).subspan(first * dimension, 32 * dimension), {.k = k}, share);
            if (!found) return fail(found.error());
            together.push_back(cpu_now() - before);
        }
        std::printf(
            "{\"share\":%.3f,\"cpu_ms\":%.4f,\"batch_of_32_cpu_ms\":%.3f,\"queries_per_cpu_second\":%.1f,"
            "\"recall_at_1\":%.4f,\"recall_at_%zu\":%.4f,\"recall_of_mates\":%.4f,\"mates\":%zu}\n",
            share, 1e3 * median(cpus), together.empty() ? 0 : 1e3 * median(together), 1 / median(cpus),
            static_cast<double>(first_right) / static_cast<double>(all), k,
            static_cast<double>(right) / static_cast<double>(all * k),
            mates > 0 ? static_cast<double>(mates_right) / static_cast<double>(mates) : 0.0, mates);
        std::fflush(stdout);
    }
    return 0;
}
