#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "gallery/search/template_index.h"
#include "gallery/search/vectors_test.h"
#include "gallery/search/workers.h"

// Searches while others write, compact and search; ThreadSanitizer watches.
namespace mien::gallery {
namespace {

constexpr std::size_t dimension = 24;

std::vector<float> of_subject(std::uint64_t subject) {
    std::mt19937_64 random(subject + 1);
    return testing::one_vector(testing::Kind::Random, dimension, 0, random);
}

TEST(Changes, a_search_sees_all_of_a_change_or_none) {
    IndexOptions options;
    options.dimension = dimension;
    options.chunk_rows = 64;
    options.threads = 3;
    const auto index = *TemplateIndex::make(options);
    // Subjects 0..19 stay and are changed; each has two rows of one value, always inserted, updated and removed
    // together.
    const auto pair_of = [](std::uint64_t subject, std::uint64_t tags) {
        return std::vector<Row>{{subject * 2, subject, 0, tags}, {subject * 2 + 1, subject, 0, tags}};
    };
    const auto twice = [](std::vector<float> one) {
        one.insert(one.end(), one.begin(), one.begin() + static_cast<std::ptrdiff_t>(dimension));
        return one;
    };
    for (std::uint64_t subject = 0; subject < 20; ++subject)
        ASSERT_TRUE(index->insert(pair_of(subject, 0), twice(of_subject(subject))));
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::atomic<int> searches{0};
    const auto reader = [&](std::uint64_t seed) {
        std::mt19937_64 random(seed);
        while (!stop) {
            const std::uint64_t subject = random() % 40;
            const auto probe = of_subject(subject);
            const auto answers = index->search(probe, {.k = 2, .threshold = 0.999F});
            if (!answers) {
                ++wrong;
                continue;
            }
            const auto& hits = (*answers)[0].hits;
            // A subject below 20 is always there, one above comes and goes; never by half.
            const bool whole = hits.size() == 2 && hits[0].id == subject * 2 && hits[1].id == subject * 2 + 1;
            if (!whole && (subject < 20 || !hits.empty())) ++wrong;
            const auto listed = index->search(
                probe, {.k = 2, .threshold = 0.999F, .filter = {.ids = {{subject * 2, subject * 2 + 1}}}});
            if (!listed || (subject < 20 && (*listed)[0].hits.size() != 2)) ++wrong;
            ++searches;
        }
    };
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 2; ++i) threads.emplace_back(reader, i);
    threads.emplace_back([&] {
        while (!stop) {
            if (!index->compact(0.3)) ++wrong;
            std::this_thread::yield();
        }
    });
    std::mt19937_64 random(77);
    for (int step = 0; step < 1500 || searches < 50; ++step) {
        const std::uint64_t subject = random() % 20;
        if (!index->update(pair_of(subject, random() % 8), twice(of_subject(subject)))) ++wrong;
        const std::uint64_t guest = 20 + random() % 20;
        const std::vector<std::uint64_t> ids{guest * 2, guest * 2 + 1};
        const auto removed = index->remove(ids);
        if (!removed || *removed == 1) ++wrong;
        if (removed && *removed == 0 && !index->insert(pair_of(guest, 0), twice(of_subject(guest)))) ++wrong;
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_GE(searches, 50);
}

TEST(Changes, what_returned_is_seen_at_once) {
    IndexOptions options;
    options.dimension = dimension;
    options.chunk_rows = 32;
    const auto index = *TemplateIndex::make(options);
    const auto writer = [&](std::uint64_t from) {
        for (std::uint64_t i = from; i < from + 150; ++i) {
            const auto own = of_subject(i);
            ASSERT_TRUE(index->insert({{Row{i, i, 0, 0}}}, own));
            ASSERT_EQ((*index->search(own, {.k = 1}))[0].hits.at(0).id, i);
            if (i % 3 != 0) continue;
            ASSERT_EQ(*index->remove(std::vector<std::uint64_t>{i}), 1u);
            const auto after = *index->search(own, {.k = 1, .threshold = 0.9999F});
            ASSERT_TRUE(after[0].hits.empty());
        }
    };
    std::thread other(writer, 1000);
    writer(2000);
    other.join();
    EXPECT_EQ(index->size(), 200u);
}

TEST(Workers, every_item_is_done_once_whoever_asks) {
    Workers workers(3);
    const auto ask = [&] {
        for (int round = 0; round < 200; ++round) {
            std::vector<std::atomic<int>> done(50);
            std::array<std::atomic<int>, 3> busy{};
            workers.run(done.size(), 3, [&](std::size_t item, std::size_t slot) {
                EXPECT_EQ(++busy.at(slot), 1);  // a slot has one thread
                ++done[item];
                --busy[slot];
            });
            for (const auto& one : done) EXPECT_EQ(one, 1);
        }
    };
    std::thread other(ask);
    ask();
    other.join();
}

}  // namespace
}  // namespace mien::gallery
