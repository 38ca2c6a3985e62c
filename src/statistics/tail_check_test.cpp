#include "statistics/tail_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace mien::statistics {
namespace {

std::vector<float> pairs_of(std::size_t subjects, unsigned seed, float mean) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal(mean, 0.1F);
    std::vector<float> pairs(subjects * (subjects - 1) / 2);
    for (float& s : pairs) s = normal(random);
    return pairs;
}

const TailClaim& claim_of(const std::vector<TailClaim>& claims, TailClaim::Route route, double rate) {
    return *std::ranges::find_if(claims, [&](const TailClaim& c) { return c.route == route && c.claimed == rate; });
}

TEST(TailCheck, HoldsOnSubjectsOfOneKindAndTellsThoseOfAnother) {
    const auto fitted = pairs_of(300, 1, 0.5F);
    const auto alike = pairs_of(300, 2, 0.5F);
    const auto harder = pairs_of(300, 3, 0.55F);
    const auto same = check_tail({fitted, 300}, {alike, 300}, {.enrolled = 100});
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_EQ(same->size(), 5u + 4 * 3);
    const TailClaim& fmr = claim_of(*same, TailClaim::Route::Fmr, 1e-3);
    EXPECT_GT(fmr.observed.high, 1e-3);
    EXPECT_LT(fmr.observed.low, 1e-3);
    EXPECT_FALSE(fmr.refused);
    EXPECT_TRUE(claim_of(*same, TailClaim::Route::Fmr, 1e-5).refused);  // half a pair of 44,850
    for (const auto route : {TailClaim::Route::Independent, TailClaim::Route::Clustered, TailClaim::Route::Extremes})
        EXPECT_NEAR(std::log(claim_of(*same, route, 0.05).observed.value / 0.05), 0, std::log(2));  // of 22 pairs
    const auto other = check_tail({fitted, 300}, {harder, 300}, {.enrolled = 100});
    ASSERT_TRUE(other);
    EXPECT_GT(claim_of(*other, TailClaim::Route::Fmr, 1e-3).observed.low, 2e-3);
    EXPECT_GT(claim_of(*other, TailClaim::Route::Clustered, 0.05).observed.low, 0.1);
    EXPECT_FALSE(check_tail({fitted, 300}, {alike, 300}, {.enrolled = 300}));
}

}  // namespace
}  // namespace mien::statistics
