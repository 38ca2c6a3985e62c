#include "cli/bench_search.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <future>
#include <memory>

#include "base/stop.h"
#include "cli/command.h"
#include "cli/output.h"
#include "gallery/search/listed_index.h"
#include "gallery/search/ranking.h"
#include "gallery/search/similarity.h"
#include "gallery/search/template_index.h"

namespace mien::cli {
namespace {

constexpr std::size_t probe_count = 64;
constexpr std::size_t checked_probes = 16;  // of them are compared with every row in fp32
constexpr std::size_t recalled = 10;        // hits of them that recall_at_10 asks for
constexpr std::size_t batch = 32;

// Wall time and CPU time of all threads, in seconds. Where others share the machine, CPU time is the steadier.
struct Moment {
    double wall = 0;
    double cpu = 0;
};

Moment now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto in_seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration<double>(wall).count(), in_seconds(used.ru_utime) + in_seconds(used.ru_stime)};
}

Moment since(const Moment& start) {
    const Moment end = now();
    return {end.wall - start.wall, end.cpu - start.cpu};
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// Row `id`: numbers of SplitMix64, even in -1..1, brought to length 1; the same each time it is asked for.
void make_row(std::uint64_t id, std::span<float> values) {
    std::uint64_t state = id * 0x9e3779b97f4a7c15u + 1;
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); i += 4) {
        std::uint64_t bits = state += 0x9e3779b97f4a7c15u;
        bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
        bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
        bits ^= bits >> 31;
        for (std::size_t j = i; j < std::min(i + 4, values.size()); ++j, bits >>= 16) {
            values[j] = static_cast<float>(static_cast<std::int16_t>(bits & 0xffff)) / 32768 + 1.0F / 65536;
            squares += static_cast<double>(values[j]) * static_cast<double>(values[j]);
        }
    }
    for (float& value : values) value = static_cast<float>(static_cast<double>(value) / std::sqrt(squares));
}

// Every second probe is like a row (similarity about 0.8), the others like none.
std::vector<float> make_probes(const BenchSearchOptions& options) {
    std::vector<float> probes(probe_count * options.dimension);
    std::vector<float> row(options.dimension);
    for (std::size_t p = 0; p < probe_count; ++p) {
        const std::span<float> own(probes.data() + p * options.dimension, options.dimension);
        make_row((std::uint64_t{1} << 40) + p, own);
        if (p % 2 != 0) continue;
        make_row(p * options.rows / probe_count, row);
        double squares = 0;
        for (std::size_t i = 0; i < own.size(); ++i) {
            own[i] = 0.8F * row[i] + 0.6F * own[i];
            squares += static_cast<double>(own[i]) * static_cast<double>(own[i]);
        }
        for (float& value : own) value = static_cast<float>(static_cast<double>(value) / std::sqrt(squares));
    }
    return probes;
}

// What a search reads of a row: the codes, and scale, error and the part along the axis.
double scanned_bytes(const BenchSearchOptions& options) {
    const auto groups = (options.dimension + 3) / 4;
    return static_cast<double>(options.rows) * static_cast<double>(groups * 4 + 12);
}

// What is read plainly beside it: as much, but a gigabyte at most.
std::size_t plain_read_bytes(const BenchSearchOptions& options) {
    return static_cast<std::size_t>(std::min(scanned_bytes(options), 1073741824.0));
}

// Bytes to be read plainly, on huge pages.
class Bytes {
public:
    static Result<Bytes> make(std::size_t count) {
        constexpr std::size_t unit = std::size_t{2} << 20;
        const std::size_t size = (count + unit - 1) / unit * unit;
        void* got = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED)
            return Error{Fault::Unavailable, "no memory for a plain read of " + std::to_string(size) + " bytes"};
        madvise(got, size, MADV_HUGEPAGE);
        Bytes made(static_cast<std::uint64_t*>(got), size);
        std::fill_n(made.words_, size / 8, 1);
        return made;
    }
    Bytes(Bytes&& other) noexcept : words_(std::exchange(other.words_, nullptr)), size_(other.size_) {}
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;
    Bytes& operator=(Bytes&&) = delete;
    ~Bytes() {
        if (words_ != nullptr) munmap(words_, size_);
    }

    std::size_t size() const { return size_; }

    // The time of a plain read by so many threads, each through its part.
    Moment read(std::size_t threads) const {
        const Moment start = now();
        const std::size_t part = size_ / 4096 / threads * 512;
        std::vector<std::future<std::uint64_t>> others;
        for (std::size_t i = 1; i < threads; ++i)
            others.push_back(std::async(std::launch::async, look_through, words_ + i * part, part));
        std::uint64_t all = look_through(words_, part);
        for (auto& other : others) all += other.get();
        asm volatile("" : : "r"(all));  // the answer is wanted
        return since(start);
    }

private:
    Bytes(std::uint64_t* words, std::size_t size) : words_(words), size_(size) {}
    // Looks for a byte that isn't there: the C library has that loop for each kind of CPU. 4 KiB are fetched ahead, as
    // the search does it.
    static std::uint64_t look_through(const std::uint64_t* words, std::size_t count) {
        constexpr std::size_t page = 4096 / sizeof *words;
        std::uint64_t found = 0;
        for (std::size_t i = 0; i < count; i += page) {
            for (std::size_t line = 0; line < page; line += 8) __builtin_prefetch(words + i + page + line);
            found += std::memchr(words + i, 7, 4096) != nullptr ? 1 : 0;
        }
        return found;
    }

    std::uint64_t* words_;
    std::size_t size_;
};

// Bytes that programs can have without swapping; 0 where the system does not say.
std::size_t available_memory() {
    std::ifstream in("/proc/meminfo");
    std::string name;
    std::size_t kibibytes = 0;
    for (std::string unit; in >> name >> kibibytes; std::getline(in, unit)) {
        if (name == "MemAvailable:") return kibibytes * 1024;
    }
    return 0;
}

struct Loaded {
    std::unique_ptr<gallery::SearchEngine> index{};
    std::vector<gallery::Ranking> best{};  // of each checked probe, by a plain scan
    double seconds = 0;
    double build_seconds = 0;  // making lists
    std::size_t lists = 0;
    std::size_t memory = 0;
    std::string kernel{};
    std::size_t memory_told = 0;
};

gallery::ListedOptions listed_options(const BenchSearchOptions& options) {
    gallery::ListedOptions wanted;
    wanted.dimension = options.dimension;
    wanted.threads = options.threads;
    wanted.share = options.share;
    wanted.least_rows = options.rows + 1;  // lists are made once, when all rows are in
    return wanted;
}

// Rows are inserted; `lists` has been made when they are.
Result<Loaded> load(const BenchSearchOptions& options, std::span<const float> probes) {
    const bool listed = options.index == SearchIndex::Lists;
    if (listed && options.without_copies)
        return Error{Fault::BadInput, "lists keep fp32 values in memory: leave --without-copies out"};
    gallery::IndexOptions wanted;
    wanted.dimension = options.dimension;
    wanted.threads = options.threads;
    if (options.without_copies) {
        wanted.fetch = [](std::uint64_t id, std::span<float> values) -> Result<bool> {
            return make_row(id, values), true;
        };
    }
    MIEN_LET(needed, gallery::memory_needed(options.rows, wanted));
    const std::size_t free = available_memory();
    // While lists are made rows are there twice.
    const std::size_t all = (listed ? 2 : 1) * needed + plain_read_bytes(options);
    if (all > free && free > 0) {
        return Error{Fault::Unavailable, "the search needs " + std::to_string(all >> 20) + " MiB, there are " +
                                             std::to_string(free >> 20) + ": give fewer --rows, or --without-copies"};
    }
    Loaded made;
    made.memory_told = needed;
    gallery::TemplateIndex* exact = nullptr;
    gallery::ListedIndex* lists = nullptr;
    if (listed) {
        MIEN_LET(index, gallery::ListedIndex::make(listed_options(options)));
        lists = index.get();
        made.index = std::move(index);
    } else {
        MIEN_LET(index, gallery::TemplateIndex::make(std::move(wanted)));
        exact = index.get();
        made.index = std::move(index);
    }
    made.best.assign(checked_probes, gallery::Ranking(recalled, gallery::Rank::Templates));
    constexpr std::size_t most = 8192;
    std::vector<float> values(most * options.dimension);
    for (std::size_t first = 0; first < options.rows; first += most) {
        MIEN_TRY(go_on());
        const std::size_t count = std::min(most, options.rows - first);
        std::vector<gallery::Row> rows(count);
        for (std::size_t i = 0; i < count; ++i) {
            rows[i] = {first + i, first + i, 0, 0};
            const std::span<float> own(values.data() + i * options.dimension, options.dimension);
            make_row(first + i, own);
            for (std::size_t p = 0; p < checked_probes; ++p) {
                const float found = gallery::similarity(probes.subspan(p * options.dimension, options.dimension), own);
                made.best[p].offer({first + i, first + i, found});
            }
        }
        const Moment start = now();
        MIEN_TRY(made.index->insert(rows, std::span(values).first(count * options.dimension)));
        made.seconds += since(start).wall;
        std::fprintf(stderr, "\r%zu of %zu vectors", first + count, options.rows);
    }
    std::fprintf(stderr, "\n");
    if (lists != nullptr) {
        const Moment start = now();
        MIEN_TRY(lists->arrange());
        made.build_seconds = since(start).wall;
    }
    made.lists = lists != nullptr ? lists->lists() : 0;
    made.memory = lists != nullptr ? lists->memory() : exact->memory();
    made.kernel = lists != nullptr ? lists->kernel() : exact->kernel();
    return made;
}

struct Timed {
    double milliseconds = 0;
    double cpu_milliseconds = 0;
    double bandwidth_share = 0;
    double rescored = 0;  // rows a probe
};

Result<Timed> time_searches(const BenchSearchOptions& options, const Loaded& loaded, std::span<const float> probes,
                            std::size_t at_once, const Bytes& bytes, std::size_t threads) {
    std::vector<double> walls;
    std::vector<double> cpus;
    std::vector<double> shares;
    double rescored = 0;
    for (int round = 0; round <= options.rounds; ++round) {
        MIEN_TRY(go_on());
        const std::size_t first = static_cast<std::size_t>(round) * at_once % probe_count;
        const Moment before = bytes.read(threads);
        const Moment start = now();
        MIEN_LET(answers, loaded.index->search(probes.subspan(first * options.dimension, at_once * options.dimension),
                                               {.k = options.k}));
        const Moment took = since(start);
        const Moment after = bytes.read(threads);
        if (round == 0) continue;  // warms caches and memory
        walls.push_back(1000 * took.wall);
        cpus.push_back(1000 * took.cpu);
        const double as_much = scanned_bytes(options) / static_cast<double>(bytes.size());
        shares.push_back((before.cpu + after.cpu) / 2 * as_much / took.cpu);
        for (const auto& answer : answers) rescored += static_cast<double>(answer.rescored);
    }
    return Timed{median(walls), median(cpus), median(shares), rescored / options.rounds / static_cast<double>(at_once)};
}

struct Recall {
    double at_1 = 0;   // share of checked probes whose best row is found first
    double at_10 = 0;  // share of their ten best rows that are among the ten found
};

// One probe at a time, as a batch may be answered in another way.
Result<Recall> recall_of(const Loaded& loaded, std::span<const float> probes) {
    const std::size_t dimension = loaded.index->dimension();
    Recall recall;
    std::size_t wanted = 0;
    std::size_t right = 0;
    for (std::size_t p = 0; p < checked_probes; ++p) {
        MIEN_LET(answers, loaded.index->search(probes.subspan(p * dimension, dimension), {.k = recalled}));
        const auto& hits = answers.front().hits;
        const auto best = loaded.best[p].best_first();
        if (!hits.empty() && hits.front() == best.front()) recall.at_1 += 1.0 / checked_probes;
        for (const auto& one : best) right += std::ranges::find(hits, one) != hits.end() ? 1 : 0;
        wanted += best.size();
    }
    recall.at_10 = static_cast<double>(right) / static_cast<double>(wanted);
    return recall;
}

}  // namespace

Result<int> bench_search(const BenchSearchOptions& options) {
    const auto probes = make_probes(options);
    MIEN_LET(loaded, load(options, probes));
    MIEN_LET(bytes, Bytes::make(plain_read_bytes(options)));
    const auto threads = static_cast<std::size_t>(
        options.threads > 0 ? options.threads : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
    MIEN_LET(single, time_searches(options, loaded, probes, 1, bytes, threads));
    MIEN_LET(many, time_searches(options, loaded, probes, batch, bytes, threads));
    MIEN_LET(recall, recall_of(loaded, probes));
    const Json metrics{{"bandwidth_share", single.bandwidth_share},
                       {"recall_at_1", recall.at_1},
                       {"recall_at_10", recall.at_10},
                       {"queries_per_second", 1000 * batch / many.milliseconds},
                       {"single_ms", single.milliseconds},
                       {"single_cpu_ms", single.cpu_milliseconds},
                       {"batch_of_32_ms", many.milliseconds},
                       {"batch_of_32_cpu_ms", many.cpu_milliseconds},
                       {"rows_compared_in_fp32", single.rescored},
                       {"load_seconds", loaded.seconds},
                       {"build_seconds", loaded.build_seconds},
                       {"memory_mib", static_cast<double>(loaded.memory) / (1 << 20)},
                       {"memory_told_mib", static_cast<double>(loaded.memory_told) / (1 << 20)}};
    if (options.json) {
        print_json({{"bench", "search"},
                    {"vectors", "synthetic, even in a cube, brought to length 1; every second probe has a mate"},
                    {"index", options.index == SearchIndex::Lists ? "lists" : "exact"},
                    {"lists", loaded.lists},
                    {"rows", options.rows},
                    {"dimension", options.dimension},
                    {"k", options.k},
                    {"threads", threads},
                    {"rounds", options.rounds},
                    {"kernel", loaded.kernel},
                    {"metrics", metrics}});
        return done;
    }
    std::printf("%zu synthetic vectors of %zu numbers, %zu threads, %s, medians of %d rounds\n", options.rows,
                options.dimension, threads, loaded.kernel.c_str(), options.rounds);
    for (const auto& [name, value] : metrics.items())
        std::printf("  %-24s %12.3f\n", name.c_str(), value.get<double>());
    return done;
}

}  // namespace mien::cli
