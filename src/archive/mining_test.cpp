#include "archive/mining.h"

#include <gtest/gtest.h>

namespace mien::archive {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_time;
using namespace std::chrono_literals;

const sys_time<milliseconds> monday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 2}};

Visit visit(std::int64_t person, std::int64_t place, int day, std::chrono::minutes time) {
    const auto from = monday + std::chrono::days{day} + time;
    return {person, place, from, from + 20s};
}

// Times of day that look drawn and are not.
std::chrono::minutes odd_time(int i) {
    return 8h + std::chrono::minutes{i * 197 % 700};
}

TEST(Mining, FindsWhoMeetsBeyondHabit) {
    std::vector<Visit> visits;
    for (int i = 0; i < 8; ++i) {
        visits.push_back(visit(1, 1 + i % 3, i * 3, odd_time(i)));
        visits.push_back(visit(2, 1 + i % 3, i * 3, odd_time(i)));
    }
    // Two commuters: together every day, and nothing but habit.
    for (int day = 0; day < 26; ++day) {
        if (day % 7 > 4) continue;
        visits.push_back(visit(3, 1, day, 8h));
        visits.push_back(visit(4, 1, day, 8h));
    }
    for (int i = 0; i < 300; ++i) visits.push_back(visit(100 + i % 100, 1 + i % 3, i * 7 % 26, odd_time(i * 13)));
    const auto found = companions(visits, {});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].a, 1);
    EXPECT_EQ(found[0].b, 2);
    EXPECT_EQ(found[0].days, 8);
    EXPECT_LT(found[0].expected, 1);
    EXPECT_LT(found[0].p, 0.001);
    EXPECT_LE(found[0].q, 0.05);
}

TEST(Mining, NothingIsFoundWhereNothingIs) {
    std::vector<Visit> visits;
    for (int i = 0; i < 2000; ++i) visits.push_back(visit(1 + i * 31 % 97, 1 + i % 3, i * 11 % 28, odd_time(i * 7)));
    EXPECT_TRUE(companions(visits, {}).empty());
    EXPECT_TRUE(companions({}, {}).empty());
    EXPECT_TRUE(regulars({}, {}).empty());
}

TEST(Mining, FindsWhoComesBackOften) {
    std::vector<Visit> visits;
    for (int day = 0; day < 14; ++day) visits.push_back(visit(1, 1, day * 2, odd_time(day)));
    for (int i = 0; i < 200; ++i) visits.push_back(visit(10 + i % 100, 1, i % 28, odd_time(i)));
    const auto found = regulars(visits, {});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].person, 1);
    EXPECT_EQ(found[0].days, 14);
    EXPECT_NEAR(found[0].expected, 214.0 / 101, 1e-9);
    EXPECT_LT(found[0].p, 1e-6);
}

TEST(Mining, FindsWhoWasAtGivenPlacesAndTimes) {
    std::vector<Visit> visits;
    std::vector<Occasion> occasions;
    for (int i = 0; i < 4; ++i) {
        const auto at = monday + std::chrono::days{i * 7 + i} + odd_time(i);
        occasions.push_back({1 + i % 2, at - 5min, at + 5min});
        visits.push_back(visit(1, 1 + i % 2, i * 7 + i, odd_time(i)));
        visits.push_back(visit(2, 3, i * 7 + i, odd_time(i)));  // elsewhere
    }
    for (int i = 0; i < 300; ++i) visits.push_back(visit(10 + i % 60, 1 + i % 3, i % 28, odd_time(i * 3)));
    const auto found = present(visits, occasions, 3, {});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].person, 1);
    EXPECT_EQ(found[0].of, 4);
    EXPECT_LT(found[0].p, 0.01);
}

TEST(Mining, TheSameSeedGivesTheSameAnswer) {
    std::vector<Visit> visits;
    for (int i = 0; i < 6; ++i)
        for (const std::int64_t person : {1, 2}) visits.push_back(visit(person, 1, i * 4, odd_time(i)));
    for (int i = 0; i < 300; ++i) visits.push_back(visit(10 + i % 60, 1 + i % 3, i % 28, odd_time(i * 3)));
    const auto first = companions(visits, {.seed = 7});
    const auto second = companions(visits, {.seed = 7});
    ASSERT_EQ(first.size(), second.size());
    ASSERT_FALSE(first.empty());
    EXPECT_EQ(first[0].p, second[0].p);
    EXPECT_EQ(first[0].q, second[0].q);
}

}  // namespace
}  // namespace mien::archive
