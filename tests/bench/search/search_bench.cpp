// Times Mien's exact search over vectors in a file, beside a plain read of as many bytes, and prints one JSON line for
// each question. search.py runs it and the peers in turn.
//   search_bench VECTORS PROBES DIMENSION THREADS ROUNDS [K]
#include <immintrin.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "gallery/search/template_index.h"

namespace {

using namespace mien::gallery;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Wall time and CPU time of all threads, in seconds. Where others share the machine, CPU time is the steadier.
struct Took {
    double wall = 0;
    double cpu = 0;
};

Took now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration<double>(wall).count(), seconds(used.ru_utime) + seconds(used.ru_stime)};
}

Took since(const Took& start) {
    const Took end = now();
    return {end.wall - start.wall, end.cpu - start.cpu};
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

// Adds all words up: as fast a read as memory allows.
__attribute__((target("avx2"))) std::uint64_t read_all(const std::uint8_t* bytes, std::size_t count) {
    __m256i sums[4] = {};
    for (std::size_t i = 0; i < count; i += 128) {
        _mm_prefetch(reinterpret_cast<const char*>(bytes + i + 4096), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(bytes + i + 4096 + 64), _MM_HINT_T0);
        for (std::size_t j = 0; j < 4; ++j) {
            sums[j] =
                _mm256_add_epi64(sums[j], _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes + i + 32 * j)));
        }
    }
    alignas(32) std::uint64_t parts[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(parts),
                       _mm256_add_epi64(_mm256_add_epi64(sums[0], sums[1]), _mm256_add_epi64(sums[2], sums[3])));
    return parts[0] + parts[1] + parts[2] + parts[3];
}

// A plain read by so many threads, each through its part, of memory like the index's.
class Stream {
public:
    explicit Stream(std::size_t bytes) : bytes_(bytes / (2 << 20) * (2 << 20)) {
        void* got = mmap(nullptr, bytes_ + (2 << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED) std::abort();
        data_ = reinterpret_cast<std::uint8_t*>((reinterpret_cast<std::uintptr_t>(got) + (2 << 20) - 1) / (2 << 20) *
                                                (2 << 20));
        madvise(data_, bytes_, MADV_HUGEPAGE);
        for (std::size_t i = 0; i < bytes_; i += 8) data_[i] = static_cast<std::uint8_t>(i * 31);
    }
    Took measure(int threads) const {
        const Took start = now();
        const std::size_t part = bytes_ / static_cast<std::size_t>(threads) / 128 * 128;
        std::vector<std::future<std::uint64_t>> others;
        for (int i = 1; i < threads; ++i) {
            others.push_back(
                std::async(std::launch::async, read_all, data_ + part * static_cast<std::size_t>(i), part));
        }
        std::uint64_t sum = read_all(data_, part);
        for (auto& other : others) sum += other.get();
        asm volatile("" : : "r"(sum));  // the sum is wanted
        return since(start);
    }

private:
    std::size_t bytes_;
    std::uint8_t* data_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) return std::fprintf(stderr, "search_bench VECTORS PROBES DIMENSION THREADS ROUNDS [K] [KERNEL]\n"), 2;
    const auto dimension = static_cast<std::size_t>(std::atoi(argv[3]));
    const int threads = std::atoi(argv[4]);
    const auto rounds = static_cast<std::size_t>(std::atoi(argv[5]));
    const std::size_t k = argc > 6 ? static_cast<std::size_t>(std::atoi(argv[6])) : 10;
    const auto probes = read_floats(argv[2]);
    IndexOptions options;
    options.dimension = dimension;
    options.threads = threads;
    if (argc > 7) options.kernel = argv[7];
    const auto made = TemplateIndex::make(options);
    if (!made) return std::fprintf(stderr, "%s\n", made.error().message.c_str()), 3;
    TemplateIndex& index = **made;
    Took load;
    std::size_t rows = 0;
    {
        std::ifstream in(argv[1], std::ios::binary);
        std::vector<float> values(dimension * 10000);
        while (in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * 4)) ||
               in.gcount() > 0) {
            const std::size_t count = static_cast<std::size_t>(in.gcount()) / 4 / dimension;
            std::vector<Row> batch(count);
            for (std::size_t i = 0; i < count; ++i)
                batch[i] = {rows + i, (rows + i) / 4, static_cast<std::int64_t>(rows + i), 0};
            const Took start = now();
            const auto inserted = index.insert(batch, std::span(values).first(count * dimension));
            const Took took = since(start);
            load = {load.wall + took.wall, load.cpu + took.cpu};
            if (!inserted) return std::fprintf(stderr, "%s\n", inserted.error().message.c_str()), 3;
            rows += count;
        }
    }
    const double scanned = static_cast<double>(rows) * (static_cast<double>((dimension + 3) / 4 * 4) + 12.25);
    const Stream stream(static_cast<std::size_t>(scanned));
    std::printf(
        "{\"kernel\":\"%s\",\"rows\":%zu,\"dimension\":%zu,\"load_s\":%.3f,\"load_cpu_s\":%.3f,\"memory\":%zu,\"huge\":"
        "%d}\n",
        index.kernel(), rows, dimension, load.wall, load.cpu, index.memory(), index.huge_pages_advised() ? 1 : 0);
    const std::size_t all = probes.size() / dimension;
    for (const std::size_t batch : {std::size_t{1}, std::size_t{32}}) {
        std::vector<double> walls, cpus, bandwidths, wall_shares, cpu_shares;
        double rescored = 0;
        double asked = 0;
        unsigned long long ids = 0;
        for (std::size_t round = 0; round < rounds; ++round) {
            const Took before = stream.measure(threads);
            const std::size_t first = round * batch % (all - batch + 1);
            const Took start = now();
            const auto answers =
                index.search(std::span(probes).subspan(first * dimension, batch * dimension), {.k = k});
            const Took took = since(start);
            if (!answers) return std::fprintf(stderr, "%s\n", answers.error().message.c_str()), 3;
            const Took after = stream.measure(threads);
            walls.push_back(took.wall);
            cpus.push_back(took.cpu);
            bandwidths.push_back(scanned / (before.wall + after.wall) * 2);
            wall_shares.push_back((before.wall + after.wall) / 2 / took.wall);
            cpu_shares.push_back((before.cpu + after.cpu) / 2 / took.cpu);
            for (const Answer& answer : *answers) {
                rescored += static_cast<double>(answer.rescored);
                for (const Hit& hit : answer.hits) ids += hit.id;
                ++asked;
            }
        }
        std::printf(
            "{\"batch\":%zu,\"threads\":%d,\"ms\":%.3f,\"cpu_ms\":%.3f,\"bandwidth_gb_s\":%.2f,\"bandwidth_share\":%."
            "3f,\"bandwidth_share_cpu\":%.3f,\"rescored\":%.1f,\"ids\":%llu}\n",
            batch, threads, median(walls) * 1e3, median(cpus) * 1e3, median(bandwidths) / 1e9, median(wall_shares),
            median(cpu_shares), rescored / asked, ids);
    }
    return 0;
}
