#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "gallery/search/kernels.h"
#include "gallery/search/listed_index.h"
#include "gallery/search/plain_index.h"
#include "gallery/search/ranking.h"
#include "gallery/search/similarity.h"
#include "gallery/search/template_index.h"
#include "gallery/search/vectors_test.h"

// What every SearchEngine does, whatever is behind it.
namespace mien::gallery {
namespace {

constexpr std::size_t dimension = 19;

struct EngineCase {
    std::string name{};
    std::function<std::unique_ptr<SearchEngine>()> make{};
};

std::vector<EngineCase> engines() {
    std::vector<EngineCase> all{{"plain", [] { return *PlainIndex::make(dimension); }}};
    for (const Kernel* kernel : usable_kernels()) {
        std::string name = kernel->name;
        std::ranges::replace(name, '-', '_');
        all.push_back({name, [kernel]() -> std::unique_ptr<SearchEngine> {
                           IndexOptions options;
                           options.dimension = dimension;
                           options.kernel = kernel->name;
                           options.chunk_rows = 64;
                           options.threads = 2;
                           return *TemplateIndex::make(options);
                       }});
    }
    all.push_back({"lists", []() -> std::unique_ptr<SearchEngine> {
                       ListedOptions options;
                       options.dimension = dimension;
                       options.chunk_rows = 64;
                       options.threads = 2;
                       options.least_rows = 1;
                       options.share = 1;
                       return *ListedIndex::make(options);
                   }});
    return all;
}

class Engine : public ::testing::TestWithParam<EngineCase> {
protected:
    std::unique_ptr<SearchEngine> engine = GetParam().make();

    std::vector<Hit> ask(std::span<const float> probe, const Question& question) {
        const auto answers = engine->search(probe, question);
        EXPECT_TRUE(answers) << (answers ? "" : answers.error().message);
        return answers ? answers->at(0).hits : std::vector<Hit>{};
    }
};

std::vector<float> axis(std::size_t at, float length = 1) {
    std::vector<float> made(dimension, 0.0F);
    made[at] = length;
    return made;
}

// Similar to axis 0 by `similarity`.
std::vector<float> near_axis(float similarity) {
    auto made = axis(0, similarity);
    made[1] = std::sqrt(1 - similarity * similarity);
    return made;
}

TEST_P(Engine, an_empty_one_finds_nothing) {
    EXPECT_EQ(engine->size(), 0u);
    EXPECT_EQ(engine->dimension(), dimension);
    EXPECT_TRUE(ask(axis(0), {.k = 3}).empty());
}

TEST_P(Engine, hits_come_best_first_and_ties_by_id) {
    for (const std::uint64_t id : {9, 4, 7}) ASSERT_TRUE(engine->insert({{Row{id, id, 0, 0}}}, near_axis(0.5F)));
    ASSERT_TRUE(engine->insert({{Row{5, 5, 0, 0}}}, near_axis(0.75F)));
    EXPECT_EQ(ask(axis(0), {.k = 3}), (std::vector<Hit>{{5, 5, 0.75F}, {4, 4, 0.5F}, {7, 7, 0.5F}}));
    EXPECT_EQ(ask(axis(0), {.k = 9}).size(), 4u);
}

TEST_P(Engine, the_threshold_is_part_of_the_answer) {
    ASSERT_TRUE(engine->insert({{Row{1, 1, 0, 0}}}, near_axis(0.5F)));
    EXPECT_EQ(ask(axis(0), {.k = 3, .threshold = 0.5F}).size(), 1u);
    EXPECT_TRUE(ask(axis(0), {.k = 3, .threshold = std::nextafter(0.5F, 1.0F)}).empty());
}

TEST_P(Engine, subjects_come_once_by_their_best) {
    std::uint64_t id = 0;
    for (const float one : {0.5F, 0.9F, 0.8F, 0.7F, 0.6F}) {
        ASSERT_TRUE(engine->insert({{Row{id, id / 2, 0, 0}}}, near_axis(one)));
        ++id;
    }
    const auto hits = ask(axis(0), {.k = 2, .rank = Rank::BestOfSubject});
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_EQ(hits[0].id, 1u);
    EXPECT_EQ(hits[1].id, 2u);
    EXPECT_EQ(ask(axis(0), {.k = 5, .rank = Rank::BestOfSubject}).size(), 3u);
}

TEST_P(Engine, every_filter_is_obeyed) {
    for (std::uint64_t i = 0; i < 40; ++i) {
        ASSERT_TRUE(engine->insert({{Row{i, i / 4, static_cast<std::int64_t>(i * 10), i % 8}}},
                                   near_axis(0.5F + 0.01F * static_cast<float>(i))));
    }
    const auto ids = [&](Filter filter) {
        std::set<std::uint64_t> found;
        for (const Hit& hit : ask(axis(0), {.k = 100, .filter = std::move(filter)})) found.insert(hit.id);
        return found;
    };
    using Ids = std::set<std::uint64_t>;
    EXPECT_EQ(ids({.enrolled_from = 370}), (Ids{37, 38, 39}));
    EXPECT_EQ(ids({.enrolled_before = 21}), (Ids{0, 1, 2}));
    EXPECT_EQ(ids({.enrolled_before = 20}), (Ids{0, 1}));
    EXPECT_EQ(ids({.all_of = 6, .none_of = 1}), (Ids{6, 14, 22, 30, 38}));
    EXPECT_EQ(ids({.enrolled_before = 80, .any_of = 6}), (Ids{2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(ids({.ids = {{3, 30, 300}}}), (Ids{3, 30}));
    EXPECT_TRUE(ids({.ids = std::vector<std::uint64_t>{}}).empty());
    EXPECT_EQ(ids({.subjects = {{2, 77}}}), (Ids{8, 9, 10, 11}));
    EXPECT_TRUE(ids({.subjects = std::vector<std::uint64_t>{}}).empty());
    EXPECT_EQ(ids({.enrolled_from = 320, .not_subjects = {9}}), (Ids{32, 33, 34, 35}));
    EXPECT_EQ(ids({.also =
                       [](const Row& row) {
                           return row.id == 17 && row.enrolled_at == 170 && row.tags == 1 && row.subject == 4;
                       }}),
              (Ids{17}));
}

TEST_P(Engine, removed_rows_are_not_found_and_ids_come_back) {
    for (std::uint64_t i = 0; i < 100; ++i)
        ASSERT_TRUE(engine->insert({{Row{i, i, 0, 0}}}, near_axis(0.005F * static_cast<float>(i))));
    const std::vector<std::uint64_t> gone{99, 98, 98, 12345};
    EXPECT_EQ(*engine->remove(gone), 2u);
    EXPECT_EQ(engine->size(), 98u);
    EXPECT_EQ(ask(axis(0), {.k = 1}).at(0).id, 97u);
    ASSERT_TRUE(engine->insert({{Row{99, 1, 0, 0}}}, axis(2)));
    EXPECT_EQ(ask(axis(2), {.k = 1}).at(0), (Hit{99, 1, 1.0F}));
}

TEST_P(Engine, an_update_replaces_values_and_columns) {
    ASSERT_TRUE(engine->insert({{Row{1, 1, 0, 0}, Row{2, 2, 0, 0}}}, [] {
        auto two = axis(0);
        auto other = axis(1);
        two.insert(two.end(), other.begin(), other.end());
        return two;
    }()));
    ASSERT_TRUE(engine->update({{Row{1, 8, 5, 1}}}, axis(3)));
    EXPECT_EQ(engine->size(), 2u);
    EXPECT_EQ(ask(axis(3), {.k = 1, .filter = {.all_of = 1}}).at(0), (Hit{1, 8, 1.0F}));
    EXPECT_EQ(ask(axis(0), {.k = 2}).at(0).similarity, 0.0F);
    EXPECT_EQ(engine->update({{Row{3, 3, 0, 0}}}, axis(3)).error().fault, Fault::NotFound);
    auto twice = axis(0);
    twice.resize(2 * dimension);
    twice[dimension] = 1;
    EXPECT_EQ(engine->update({{Row{1, 3, 0, 0}, Row{1, 3, 0, 0}}}, twice).error().fault, Fault::Conflict);
}

TEST_P(Engine, what_is_wrong_is_refused_and_changes_nothing) {
    ASSERT_TRUE(engine->insert({{Row{1, 1, 0, 0}}}, axis(0)));
    auto two = axis(0);
    two.resize(2 * dimension);
    two[dimension] = 1;
    EXPECT_EQ(engine->insert({{Row{1, 1, 0, 0}}}, axis(0)).error().fault, Fault::Conflict);
    EXPECT_EQ(engine->insert({{Row{2, 1, 0, 0}, Row{1, 1, 0, 0}}}, two).error().fault, Fault::Conflict);
    EXPECT_EQ(engine->insert({{Row{2, 1, 0, 0}, Row{2, 1, 0, 0}}}, two).error().fault, Fault::Conflict);
    EXPECT_EQ(engine->insert({{Row{2, 1, 0, 0}, Row{3, 1, 0, 0}}}, axis(0)).error().fault, Fault::BadInput);
    EXPECT_EQ(engine->insert({}, {}).error().fault, Fault::BadInput);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float length : {0.0F, 0.99F, 1.01F, nan, infinity, -infinity, 1e-41F, 3e38F}) {
        const auto refused = engine->insert({{Row{2, 1, 0, 0}}}, axis(3, length));
        ASSERT_FALSE(refused) << length;
        EXPECT_EQ(refused.error().fault, Fault::BadInput);
        EXPECT_NE(refused.error().message.find("length 1"), std::string::npos);
        EXPECT_EQ(engine->search(axis(3, length), {}).error().fault, Fault::BadInput) << length;
    }
    EXPECT_EQ(engine->search({}, {}).error().fault, Fault::BadInput);
    EXPECT_EQ(engine->search(std::span(two).first(dimension + 1), {}).error().fault, Fault::BadInput);
    EXPECT_EQ(engine->search(axis(0), {.k = 0}).error().fault, Fault::BadInput);
    EXPECT_EQ(engine->size(), 1u);
    EXPECT_EQ(ask(axis(0), {.k = 5}).size(), 1u);
}

TEST_P(Engine, a_batch_is_its_probes_one_by_one) {
    const auto made = testing::make_rows(testing::Kind::Clustered, 300, dimension, 3);
    ASSERT_TRUE(engine->insert(made.rows, made.values));
    const auto probes = testing::make_rows(testing::Kind::Clustered, 37, dimension, 4).values;
    const auto together = engine->search(probes, {.k = 5});
    ASSERT_TRUE(together);
    ASSERT_EQ(together->size(), 37u);
    for (std::size_t i = 0; i < 37; ++i) {
        EXPECT_EQ((*together)[i].hits, ask(std::span(probes).subspan(i * dimension, dimension), {.k = 5}));
    }
}

// Random changes against a model that is nothing but a map.
TEST_P(Engine, a_long_history_leaves_what_a_map_would) {
    struct Kept {
        std::uint64_t subject = 0;
        std::vector<float> values{};
    };
    std::mt19937_64 random(11);
    std::map<std::uint64_t, Kept> model;
    for (int step = 0; step < 3000; ++step) {
        const std::uint64_t id = random() % 300;
        const Row row{id, random() % 20, 0, 0};
        const auto values = testing::one_vector(testing::Kind::Clustered, dimension, row.subject, random);
        const bool there = model.contains(id);
        const std::uint64_t act = random() % 3;
        if (act == 0) {
            ASSERT_EQ(engine->insert({{row}}, values).has_value(), !there);
            if (!there) model[id] = {row.subject, values};
        } else if (act == 1) {
            ASSERT_EQ(engine->update({{row}}, values).has_value(), there);
            if (there) model[id] = {row.subject, values};
        } else {
            ASSERT_EQ(*engine->remove(std::vector<std::uint64_t>{id}), there ? 1u : 0u);
            model.erase(id);
        }
        ASSERT_EQ(engine->size(), model.size());
        if (step % 40 != 0) continue;
        std::vector<Hit> expected;
        for (const auto& [key, kept] : model) expected.push_back({key, kept.subject, similarity(values, kept.values)});
        std::ranges::sort(expected, before);
        if (expected.size() > 7) expected.resize(7);
        ASSERT_EQ(ask(values, {.k = 7}), expected) << step;
    }
}

INSTANTIATE_TEST_SUITE_P(Search, Engine, ::testing::ValuesIn(engines()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace mien::gallery
