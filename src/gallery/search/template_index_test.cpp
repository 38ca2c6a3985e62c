#include "gallery/search/template_index.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "gallery/search/chunk.h"
#include "gallery/search/id_map.h"
#include "gallery/search/plain_index.h"
#include "gallery/search/vectors_test.h"

namespace mien::gallery {
namespace {

using testing::Kind;

#if defined(__has_feature)
#define MIEN_HAS_FEATURE(name) __has_feature(name)
#else
#define MIEN_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || MIEN_HAS_FEATURE(address_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

constexpr std::array kinds{Kind::Random, Kind::Clustered, Kind::NearTies, Kind::Duplicates,
                           Kind::Offset, Kind::OneHot,    Kind::Denormal};

std::unique_ptr<TemplateIndex> index_of(std::size_t dimension, std::size_t chunk_rows = 128) {
    IndexOptions options;
    options.dimension = dimension;
    options.chunk_rows = chunk_rows;
    options.threads = 2;
    return *TemplateIndex::make(options);
}

// Both engines are asked the same and must give the same, to the last bit.
void expect_same(const SearchEngine& index, const SearchEngine& plain, std::span<const float> probes,
                 const Question& question, const std::string& what) {
    const auto found = index.search(probes, question);
    const auto expected = plain.search(probes, question);
    ASSERT_TRUE(found && expected) << what;
    ASSERT_EQ(found->size(), expected->size());
    for (std::size_t i = 0; i < found->size(); ++i)
        ASSERT_EQ((*found)[i].hits, (*expected)[i].hits) << what << " probe " << i;
}

std::vector<Question> questions() {
    std::vector<Question> all;
    for (const Rank rank : {Rank::Templates, Rank::BestOfSubject}) {
        for (const std::size_t k : {std::size_t{1}, std::size_t{10}, std::size_t{1000000}})
            all.push_back({.k = k, .rank = rank});
        all.push_back({.k = 20, .threshold = 0.3F, .rank = rank});
        all.push_back({.k = 5, .rank = rank, .filter = {.enrolled_from = 100000, .enrolled_before = 110000}});  // 1 %
        all.push_back(
            {.k = 5, .rank = rank, .filter = {.also = [](const Row& row) { return row.id % 1009 == 3; }}});  // 0.1 %
        all.push_back({.k = 5, .rank = rank, .filter = {.all_of = 3, .none_of = 4}});
        all.push_back({.k = 5, .rank = rank, .filter = {.not_subjects = {1, 2, 3, 4, 5}}});
    }
    return all;
}

// The property that the index exists for.
TEST(TemplateIndex, equals_the_plain_scan_on_every_kind_of_vector) {
    for (const Kind kind : kinds) {
        for (const std::size_t dimension : {1, 3, 17, 64, 128, 131}) {
            if (sanitized && dimension > 17) continue;  // slow there
            const std::string what = name_of(kind) + std::to_string(dimension);
            const auto made = testing::make_rows(kind, 400, dimension, dimension);
            const auto index = index_of(dimension);
            const auto plain = *PlainIndex::make(dimension);
            for (SearchEngine* engine :
                 {static_cast<SearchEngine*>(index.get()), static_cast<SearchEngine*>(plain.get())}) {
                const std::span<const Row> rows(made.rows);
                const std::span<const float> values(made.values);
                ASSERT_TRUE(engine->insert(rows.first(7), values.first(7 * dimension)));
                ASSERT_TRUE(engine->insert(rows.subspan(7, 300), values.subspan(7 * dimension, 300 * dimension)));
                ASSERT_TRUE(engine->insert(rows.subspan(307), values.subspan(307 * dimension)));
                std::vector<std::uint64_t> gone;  // a fifth
                for (std::size_t i = 0; i < rows.size(); i += 5) gone.push_back(rows[i].id);
                ASSERT_EQ(*engine->remove(gone), gone.size());
            }
            auto probes = testing::make_rows(kind, 8, dimension, dimension + 1).values;
            probes.insert(probes.end(), made.values.begin(),
                          made.values.begin() + static_cast<std::ptrdiff_t>(2 * dimension));
            for (const Question& question : questions()) expect_same(*index, *plain, probes, question, what);
        }
    }
}

TEST(TemplateIndex, filters_of_one_in_a_hundred_and_in_a_thousand_lose_nothing) {
    constexpr std::size_t dimension = 64;
    const auto made = testing::make_rows(Kind::Clustered, 20000, dimension, 8);
    const auto index = index_of(dimension, 2048);
    const auto plain = *PlainIndex::make(dimension);
    ASSERT_TRUE(index->insert(made.rows, made.values) && plain->insert(made.rows, made.values));
    std::vector<std::uint64_t> gone;
    for (std::size_t i = 0; i < made.rows.size(); i += 5) gone.push_back(made.rows[i].id);
    ASSERT_EQ(*index->remove(gone), *plain->remove(gone));
    const auto probes = testing::make_rows(Kind::Clustered, 20, dimension, 8).values;  // mates are there
    for (const std::size_t every : {100, 1000}) {
        std::vector<std::uint64_t> allowed;
        for (std::size_t i = 1; i < made.rows.size(); i += every) allowed.push_back(made.rows[i].id);
        expect_same(*index, *plain, probes, {.k = 10, .filter = {.ids = allowed}}, "ids");
        expect_same(*index, *plain, probes,
                    {.k = 10, .filter = {.also = [every](const Row& row) { return row.subject % every == 1; }}},
                    "also");
        expect_same(*index, *plain, probes,
                    {.k = 10, .filter = {.enrolled_before = static_cast<std::int64_t>(20000000 / every)}}, "time");
    }
}

// The bound must tell rows apart, else everything is compared twice.
TEST(TemplateIndex, few_rows_are_compared_in_fp32) {
    constexpr std::size_t dimension = 128;
    const auto made = testing::make_rows(Kind::Random, 50000, dimension, 9);
    const auto index = index_of(dimension, 8192);
    ASSERT_TRUE(index->insert(made.rows, made.values));
    const auto probes = testing::make_rows(Kind::Random, 16, dimension, 10).values;
    const auto answers = index->search(probes, {.k = 10});
    ASSERT_TRUE(answers);
    for (const Answer& answer : *answers) {
        EXPECT_GE(answer.rescored, 10u);
        EXPECT_LT(answer.rescored, 500u);
    }
}

TEST(TemplateIndex, compaction_changes_no_answer_and_gives_memory_back) {
    constexpr std::size_t dimension = 32;
    const auto made = testing::make_rows(Kind::Clustered, 3000, dimension, 5);
    const auto index = index_of(dimension, 256);
    const auto plain = *PlainIndex::make(dimension);
    ASSERT_TRUE(index->insert(made.rows, made.values) && plain->insert(made.rows, made.values));
    std::vector<std::uint64_t> gone;
    for (std::size_t i = 0; i < made.rows.size(); ++i) {
        if (i % 3 != 0 || i > 2000) gone.push_back(made.rows[i].id);
    }
    ASSERT_EQ(*index->remove(gone), *plain->remove(gone));
    const std::size_t before = index->memory();
    ASSERT_GT(*index->compact(0.5), 0u);
    EXPECT_LT(index->memory(), before / 2);
    EXPECT_EQ(*index->compact(0.5), 0u);
    const auto probes = testing::make_rows(Kind::Clustered, 20, dimension, 6).values;
    for (const Question& question : questions()) expect_same(*index, *plain, probes, question, "compacted");
    ASSERT_TRUE(index->insert({{made.rows[1]}}, std::span(made.values).subspan(dimension, dimension)));
    ASSERT_TRUE(plain->insert({{made.rows[1]}}, std::span(made.values).subspan(dimension, dimension)));
    expect_same(*index, *plain, probes, {.k = 50}, "and after");
    std::vector<std::uint64_t> all;
    for (const Row& row : made.rows) all.push_back(row.id);
    EXPECT_EQ(*index->remove(all), *plain->remove(all));
    EXPECT_EQ(index->size(), 0u);
    EXPECT_LT(index->memory(), before / 8);  // the table of ids is left
}

TEST(TemplateIndex, memory_is_told_beforehand) {
    for (const std::size_t rows : {1, 16, 255, 256, 257, 5000}) {
        for (const bool fetched : {false, true}) {
            IndexOptions options;
            options.dimension = 100;
            options.chunk_rows = 1024;
            if (fetched) options.fetch = [](std::uint64_t, std::span<float>) -> Result<bool> { return false; };
            const auto index = *TemplateIndex::make(options);
            const auto made = testing::make_rows(Kind::Random, rows, 100, 1);
            ASSERT_TRUE(index->insert(made.rows, made.values));
            EXPECT_EQ(index->memory(), *memory_needed(rows, options));
        }
    }
    IndexOptions big;
    big.dimension = 512;
    EXPECT_NEAR(static_cast<double>(*memory_needed(10'000'000, big)), 1e7 * (5 * 512 + 8 + 32 + 0.25), 2e8);
}

// Holds what was inserted, as a store would.
struct Shelf {
    std::mutex gate{};
    std::unordered_map<std::uint64_t, std::vector<float>> rows{};
    std::atomic<int> fetched{0};
    Fetch fetch() {
        return [this](std::uint64_t id, std::span<float> values) -> Result<bool> {
            ++fetched;
            const std::lock_guard lock(gate);
            const auto found = rows.find(id);
            if (found == rows.end()) return false;
            std::ranges::copy(found->second, values.begin());
            return true;
        };
    }
};

TEST(TemplateIndex, without_fp32_copies_it_fetches_and_is_as_exact) {
    constexpr std::size_t dimension = 65;
    Shelf shelf;
    IndexOptions options;
    options.dimension = dimension;
    options.chunk_rows = 512;
    options.threads = 2;
    options.fetch = shelf.fetch();
    const auto index = *TemplateIndex::make(options);
    const auto plain = *PlainIndex::make(dimension);
    const auto made = testing::make_rows(Kind::Clustered, 3000, dimension, 21);
    for (std::size_t i = 0; i < made.rows.size(); ++i) {
        const auto own = std::span(made.values).subspan(i * dimension, dimension);
        shelf.rows[made.rows[i].id] = {own.begin(), own.end()};
    }
    for (SearchEngine* engine : {static_cast<SearchEngine*>(index.get()), static_cast<SearchEngine*>(plain.get())}) {
        for (std::size_t i = 0; i < 40; ++i) {
            ASSERT_TRUE(engine->insert({{made.rows[i]}}, std::span(made.values).subspan(i * dimension, dimension)));
        }
        ASSERT_TRUE(engine->insert(std::span(made.rows).subspan(40), std::span(made.values).subspan(40 * dimension)));
    }
    const auto probes = testing::make_rows(Kind::Clustered, 10, dimension, 22).values;
    for (const Question& question : questions()) expect_same(*index, *plain, probes, question, "fetched");
    shelf.fetched = 0;
    ASSERT_TRUE(index->search(std::span(probes).first(dimension), {.k = 1}));
    EXPECT_LT(shelf.fetched, 100);
    EXPECT_EQ(index->update({{made.rows[0]}}, std::span(made.values).first(dimension)).error().fault,
              Fault::Unsupported);

    // The best rows vanish from the store before the index hears of it: the next ones come up.
    const auto best = (*plain->search(probes, {.k = 3}))[0].hits;
    for (const Hit& hit : best) {
        const std::lock_guard lock(shelf.gate);
        shelf.rows.erase(hit.id);
        ASSERT_EQ(*plain->remove(std::vector<std::uint64_t>{hit.id}), 1u);
    }
    expect_same(*index, *plain, probes, {.k = 4}, "vanished");
    ASSERT_TRUE(index->remove(std::vector<std::uint64_t>{best[0].id, best[1].id, best[2].id}));
    ASSERT_GT(*index->compact(0.0001), 0u);
    expect_same(*index, *plain, probes, {.k = 4}, "compacted");
}

TEST(TemplateIndex, a_store_that_fails_or_brings_something_else_is_reported) {
    Fault fault = Fault::Unavailable;
    const auto made = testing::make_rows(Kind::Random, 320, 16, 2);  // whole blocks: all have codes
    IndexOptions options;
    options.dimension = 16;
    options.fetch = [&](std::uint64_t, std::span<float> values) -> Result<bool> {
        if (fault == Fault::Unavailable) return Error{fault, "disk gone"};
        std::ranges::copy(std::span(made.values).first(16), values.begin());  // always the same row
        return true;
    };
    const auto index = *TemplateIndex::make(options);
    ASSERT_TRUE(index->insert(made.rows, made.values));
    EXPECT_EQ(index->search(std::span(made.values).first(16), {.k = 3}).error().fault, Fault::Unavailable);
    fault = Fault::Corrupt;
    EXPECT_EQ(index->search(std::span(made.values).first(16), {.k = 3}).error().fault, Fault::Corrupt);
}

// In a process of its own: without root's right to lock any amount, and with a limit of 512 KiB.
[[noreturn]] void lock_too_much() {
    const rlimit small{512 << 10, 512 << 10};
    if (setrlimit(RLIMIT_MEMLOCK, &small) != 0) std::exit(10);
    if (geteuid() == 0 && setuid(65534) != 0) std::exit(11);
    IndexOptions options;
    options.dimension = 128;
    options.threads = 1;
    options.lock = Lock::Required;
    const auto index = *TemplateIndex::make(options);
    const auto made = testing::make_rows(Kind::Random, 3000, 128, 2);
    const std::span<const float> values(made.values);
    if (!index->insert(std::span(made.rows).first(40), values.first(40 * 128))) std::exit(12);  // 173 KiB
    const auto refused = index->insert(std::span(made.rows).subspan(40), values.subspan(40 * 128));
    if (refused || refused.error().fault != Fault::Unavailable) std::exit(13);
    if (refused.error().message.find("limit is 512 KiB") == std::string::npos) std::exit(14);
    // Nothing of what was refused is there, and all else is, and what fits goes in.
    if (index->size() != 40 || index->search(values.first(128), {.k = 99})->at(0).hits.size() != 40) std::exit(15);
    if (!index->insert(std::span(made.rows).subspan(40, 200), values.subspan(40 * 128, 200 * 128))) std::exit(16);
    std::exit(index->size() == 240 ? 0 : 17);
}

TEST(TemplateIndex, locking_beyond_the_limit_is_refused_in_words) {
    if (sanitized) return;  // sanitizers take mlock() away: the release build tests it
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(lock_too_much(), ::testing::ExitedWithCode(0), "");
}

TEST(TemplateIndex, options_out_of_range_are_refused) {
    const auto fault = [](auto change) {
        IndexOptions options;
        options.dimension = 8;
        change(options);
        const auto made = TemplateIndex::make(options);
        return made ? Fault::Bug : made.error().fault;
    };
    EXPECT_EQ(fault([](IndexOptions& options) { options.dimension = 0; }), Fault::BadInput);
    EXPECT_EQ(fault([](IndexOptions& options) { options.dimension = 2049; }), Fault::BadInput);
    EXPECT_EQ(fault([](IndexOptions& options) { options.chunk_rows = 100; }), Fault::BadInput);
    EXPECT_EQ(fault([](IndexOptions& options) { options.threads = -1; }), Fault::BadInput);
    EXPECT_EQ(fault([](IndexOptions& options) { options.kernel = "abacus"; }), Fault::Unsupported);
}

TEST(Memory, wiping_leaves_nothing) {
    std::array<float, 33> values;
    values.fill(1);
    wipe(values.data(), sizeof values);
    for (const float value : values) EXPECT_EQ(value, 0.0F);
}

TEST(IdMap, finds_what_a_map_finds) {
    std::mt19937_64 random(3);
    std::vector<std::uint64_t> ids;  // by place
    std::unordered_map<std::uint64_t, std::uint32_t> model;
    IdMap map;
    const auto id_at = [&](std::uint32_t place) { return ids[place]; };
    for (int step = 0; step < 20000; ++step) {
        const std::uint64_t id = random() % 700;
        const auto known = model.find(id);
        ASSERT_EQ(map.find(id, id_at), known == model.end() ? IdMap::none : known->second);
        if (known != model.end()) {
            map.remove(id, id_at);
            model.erase(known);
        } else {
            if (!map.has_room_for(model.size() + 1)) map = map.with_room_for(model.size() + 1, id_at);
            model[id] = static_cast<std::uint32_t>(ids.size());
            map.add(id, static_cast<std::uint32_t>(ids.size()));
            ids.push_back(id);
        }
    }
}

}  // namespace
}  // namespace mien::gallery
