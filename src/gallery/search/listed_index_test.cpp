#include "gallery/search/listed_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "gallery/search/centroids.h"
#include "gallery/search/plain_index.h"
#include "gallery/search/ranking.h"
#include "gallery/search/vectors_test.h"

namespace mien::gallery {
namespace {

using testing::Kind;
using testing::Made;
using testing::make_rows;
using testing::one_vector;

std::unique_ptr<ListedIndex> lists_of(std::size_t dimension, std::size_t lists, std::size_t chunk_rows = 64) {
    ListedOptions options;
    options.dimension = dimension;
    options.threads = 1;
    options.lists = lists;
    options.least_rows = 100;
    options.share = 1;
    options.chunk_rows = chunk_rows;
    return std::move(*ListedIndex::make(options));
}

// New samples of the rows' subjects, their best template somewhere among the rows.
std::vector<float> probes_near(const Made& made, std::size_t count, std::size_t dimension) {
    std::mt19937_64 random(99);
    std::vector<float> probes;
    for (std::size_t i = 0; i < count; ++i) {
        const auto own = one_vector(Kind::Clustered, dimension, made.rows[i * 31 % made.rows.size()].subject, random);
        probes.insert(probes.end(), own.begin(), own.end());
    }
    return probes;
}

class Kinds : public ::testing::TestWithParam<Kind> {};

TEST_P(Kinds, all_lists_give_the_plain_answer_through_every_change) {
    constexpr std::size_t dimension = 37;
    const Made made = make_rows(GetParam(), 700, dimension, 5);
    const auto lists = lists_of(dimension, 9);
    const auto plain = *PlainIndex::make(dimension);
    const auto both = [&](const auto& change) {
        ASSERT_TRUE(change(*lists));
        ASSERT_TRUE(change(*plain));
    };
    const std::span<const Row> rows(made.rows);
    const std::span<const float> values(made.values);
    const auto probes = values.first(20 * dimension);
    const auto agree = [&] {
        ASSERT_EQ(lists->size(), plain->size());
        for (const Rank rank : {Rank::Templates, Rank::BestOfSubject}) {
            Question question{.k = 15, .rank = rank};
            for (int filter = 0; filter < 3; ++filter) {
                if (filter == 1) question.filter.all_of = 2;
                if (filter == 2) question.filter.ids = std::vector<std::uint64_t>{rows[3].id, rows[650].id, 1};
                const auto found = lists->search(probes, question);
                const auto expected = plain->search(probes, question);
                ASSERT_TRUE(found && expected);
                for (std::size_t i = 0; i < expected->size(); ++i) ASSERT_EQ((*found)[i].hits, (*expected)[i].hits);
            }
        }
    };
    for (std::size_t first = 0; first < 700; first += 50) {
        both([&](SearchEngine& engine) {
            return engine.insert(rows.subspan(first, 50), values.subspan(first * dimension, 50 * dimension));
        });
    }
    EXPECT_EQ(lists->lists(), 9u);
    agree();
    std::vector<std::uint64_t> gone;
    for (std::size_t i = 0; i < 700; i += 5) gone.push_back(rows[i].id);
    both([&](SearchEngine& engine) { return engine.remove(gone).has_value(); });
    agree();
    both([&](SearchEngine& engine) {
        return engine.update(rows.subspan(1, 4), values.subspan(7 * dimension, 4 * dimension));
    });
    agree();
    ASSERT_TRUE(lists->arrange());
    agree();
    std::vector<std::uint64_t> every;
    for (const Row& row : rows) every.push_back(row.id);
    both([&](SearchEngine& engine) { return engine.remove(every).has_value(); });
    ASSERT_TRUE(lists->arrange());
    agree();
    both([&](SearchEngine& engine) { return engine.insert(rows, values); });
    agree();
}

INSTANTIATE_TEST_SUITE_P(ListedIndex, Kinds,
                         ::testing::Values(Kind::Random, Kind::Clustered, Kind::NearTies, Kind::Duplicates,
                                           Kind::Offset, Kind::OneHot, Kind::Denormal),
                         [](const auto& one) { return testing::name_of(one.param); });

// What is removed or filtered out makes room in a search for other lists, never for fewer: each hit of the search
// without it that is still allowed is a hit again, or better ones of the other lists have taken its place.
TEST(ListedIndex, filters_and_deletions_lose_nothing_that_is_found_without_them) {
    constexpr std::size_t dimension = 32;
    constexpr std::size_t count = 20'000;
    const Made made = make_rows(Kind::Clustered, count, dimension, 11);
    const auto lists = lists_of(dimension, 100, 8192);
    ASSERT_TRUE(lists->insert(made.rows, made.values));
    const auto probes = probes_near(made, 300, dimension);
    const auto kept = [&](const auto& before, const auto& after, const auto& allowed) {
        std::size_t mates = 0;
        for (std::size_t p = 0; p < before.size(); ++p) {
            for (const Hit& hit : before[p].hits) {
                if (!allowed(hit)) continue;
                ++mates;
                const auto& now = after[p].hits;
                const bool found = std::ranges::find(now, hit) != now.end();
                EXPECT_TRUE(found || (now.size() == 5 && mien::gallery::before(now.back(), hit))) << "probe " << p;
            }
        }
        return mates;
    };
    constexpr double share = 0.02;
    const auto before = *lists->search_share(probes, {.k = 5}, share);
    const auto exact = *lists->search(probes, {.k = 5});
    std::size_t lost = 0;
    for (std::size_t p = 0; p < exact.size(); ++p) lost += before[p].hits != exact[p].hits ? 1 : 0;
    EXPECT_GT(lost, 0u) << "the share is too great for this test to tell anything";
    for (const std::uint64_t one_in : {100u, 1000u}) {
        // Rows chosen by id, so that the filter leaves one in so many of each list.
        std::vector<std::uint64_t> ids;
        for (const Row& row : made.rows) {
            if (row.id % one_in == 0) ids.push_back(row.id);
        }
        Question filtered{.k = 5};
        filtered.filter.ids = ids;
        const auto after = *lists->search_share(probes, filtered, share);
        const auto all = *lists->search(probes, filtered);
        kept(before, after, [&](const Hit& hit) { return hit.id % one_in == 0; });
        for (std::size_t p = 0; p < all.size(); ++p) ASSERT_EQ(after[p].hits, all[p].hits);  // few rows: all of them
    }
    Question others{.k = 5};
    for (std::uint64_t subject = 0; subject < count / 8; subject += 2) others.filter.not_subjects.push_back(subject);
    const auto of_others = *lists->search_share(probes, others, share);
    EXPECT_GT(kept(before, of_others, [](const Hit& hit) { return hit.subject % 2 != 0; }), 300u);
    std::vector<std::uint64_t> gone;
    for (std::size_t i = 0; i < count; i += 5) gone.push_back(made.rows[i].id);
    const std::set<std::uint64_t> removed(gone.begin(), gone.end());
    ASSERT_EQ(*lists->remove(gone), gone.size());
    const auto after = *lists->search_share(probes, {.k = 5}, share);
    EXPECT_GT(kept(before, after, [&](const Hit& hit) { return !removed.contains(hit.id); }), 1000u);
}

TEST(ListedIndex, a_new_row_is_found_and_a_caller_s_condition_is_asked_of_all_rows) {
    constexpr std::size_t dimension = 24;
    const Made made = make_rows(Kind::Random, 2000, dimension, 3);
    const auto lists = lists_of(dimension, 40);
    ASSERT_TRUE(lists->insert(made.rows, made.values));
    std::mt19937_64 random(1);
    for (std::uint64_t i = 0; i < 50; ++i) {
        const auto fresh = one_vector(Kind::Random, dimension, 0, random);
        const Row row{std::uint64_t{1} << 40 | i, 7, 0, 0};
        ASSERT_TRUE(lists->insert({&row, 1}, fresh));
        const auto found = *lists->search_share(fresh, {.k = 1}, 0.001);
        EXPECT_EQ(found[0].hits.at(0).id, row.id);
    }
    Question farthest{.k = 1};
    const std::uint64_t wanted = made.rows[1234].id;
    farthest.filter.also = [&](const Row& row) { return row.id == wanted; };
    for (std::size_t p = 0; p < 20; ++p) {
        const auto found =
            *lists->search_share(std::span(made.values).subspan(p * dimension, dimension), farthest, 0.001);
        EXPECT_EQ(found[0].hits.at(0).id, wanted);
    }
}

TEST(ListedIndex, lists_are_made_anew_when_rows_have_doubled) {
    constexpr std::size_t dimension = 16;
    ListedOptions options;
    options.dimension = dimension;
    options.threads = 1;
    options.least_rows = 1000;
    const auto lists = *ListedIndex::make(options);
    const Made made = make_rows(Kind::Clustered, 4000, dimension, 2);
    std::vector<std::size_t> seen;
    for (std::size_t first = 0; first < 4000; first += 500) {
        ASSERT_TRUE(lists->insert(std::span(made.rows).subspan(first, 500),
                                  std::span(made.values).subspan(first * dimension, 500 * dimension)));
        seen.push_back(lists->lists());
    }
    EXPECT_EQ(seen, (std::vector<std::size_t>{1, 32, 32, 45, 45, 45, 45, 63}));
}

TEST(ListedIndex, refuses_what_it_can_not_do) {
    const auto fault = [](ListedOptions options) { return ListedIndex::make(std::move(options)).error().fault; };
    EXPECT_EQ(fault({}), Fault::BadInput);
    EXPECT_EQ(fault({.dimension = 8, .lists = 100'000}), Fault::BadInput);
    EXPECT_EQ(fault({.dimension = 8, .share = 0}), Fault::BadInput);
    EXPECT_EQ(fault({.dimension = 8, .share = 1.5}), Fault::BadInput);
    EXPECT_EQ(fault({.dimension = 8, .chunk_rows = 17}), Fault::BadInput);
    EXPECT_EQ(fault({.dimension = 8, .kernel = "abacus"}), Fault::Unsupported);
    const auto lists = lists_of(8, 4);
    const Made made = make_rows(Kind::Random, 300, 8, 1);
    ASSERT_TRUE(lists->insert(made.rows, made.values));
    EXPECT_EQ(lists->insert(made.rows, made.values).error().fault, Fault::Conflict);
    const Row unknown{5, 0, 0, 0};
    EXPECT_EQ(lists->update({&unknown, 1}, std::span(made.values).first(8)).error().fault, Fault::NotFound);
    EXPECT_EQ(lists->search(std::span(made.values).first(8), {.k = 0}).error().fault, Fault::BadInput);
    EXPECT_EQ(lists->search_share(std::span(made.values).first(8), {}, 0).error().fault, Fault::BadInput);
    EXPECT_EQ(lists->size(), 300u);
}

// A row that is there throughout is found in every search, whatever is done beside it.
TEST(ListedIndex, searches_go_on_beside_changes_and_new_lists) {
    constexpr std::size_t dimension = 16;
    const Made made = make_rows(Kind::Clustered, 2000, dimension, 8);
    const auto lists = lists_of(dimension, 20);
    const std::span<const Row> rows(made.rows);
    const std::span<const float> values(made.values);
    ASSERT_TRUE(lists->insert(rows.first(1000), values.first(1000 * dimension)));
    std::atomic<bool> stop{false};
    std::atomic<int> missed{0};
    std::thread reader([&] {
        for (std::size_t p = 0; !stop; p = (p + 1) % 1000) {
            const auto found = lists->search_share(values.subspan(p * dimension, dimension), {.k = 1}, 0.1);
            if (!found || found->front().hits.empty() || found->front().hits[0].similarity < 0.9999F) ++missed;
        }
    });
    for (std::size_t first = 1000; first < 2000; first += 20) {
        EXPECT_TRUE(lists->insert(rows.subspan(first, 20), values.subspan(first * dimension, 20 * dimension)));
        const std::uint64_t gone = rows[first].id;
        EXPECT_EQ(*lists->remove({&gone, 1}), 1u);
        if (first % 100 == 0) {
            EXPECT_TRUE(lists->arrange());
        }
    }
    stop = true;
    reader.join();
    EXPECT_EQ(missed, 0);
}

TEST(Centroids, find_the_directions_that_rows_lie_around) {
    constexpr std::size_t dimension = 12;
    std::mt19937_64 random(4);
    std::vector<float> sample;
    for (std::size_t i = 0; i < 400; ++i) {
        const auto own = one_vector(Kind::Clustered, dimension, i % 8, random);
        sample.insert(sample.end(), own.begin(), own.end());
    }
    const auto found = *centroids_of(sample, dimension, {.count = 8});
    ASSERT_EQ(found->size(), 8u);
    double similarity = 0;
    std::set<std::uint64_t> used;
    const auto nearest = *found->search(sample, {.k = 1});
    for (const Answer& one : nearest) {
        similarity += static_cast<double>(one.hits[0].similarity);
        used.insert(one.hits[0].id);
    }
    EXPECT_GT(similarity / 400, 0.95);
    EXPECT_GE(used.size(), 6u);
    EXPECT_EQ(centroids_of(sample, dimension, {.count = 401}).error().fault, Fault::BadInput);
    EXPECT_EQ(centroids_of(sample, dimension, {.count = 0}).error().fault, Fault::BadInput);
}

}  // namespace
}  // namespace mien::gallery
