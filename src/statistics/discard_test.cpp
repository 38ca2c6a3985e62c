#include "statistics/discard.h"

#include <gtest/gtest.h>

namespace mien::statistics {
namespace {

// 100 trials of as many subjects; the first ten are missed.
std::vector<QualityTrial> trials(auto quality) {
    std::vector<QualityTrial> made;
    for (std::uint32_t i = 0; i < 100; ++i) made.push_back({quality(i), i < 10, i});
    return made;
}

TEST(Discard, a_score_that_knows_takes_the_errors_first) {
    const auto curve = error_versus_discard(trials([](std::uint32_t i) { return static_cast<float>(i); }), 50);
    EXPECT_DOUBLE_EQ(curve.points[0].fnmr, 0.10);
    EXPECT_NEAR(curve.points[5].fnmr, 5.0 / 95, 1e-12);
    EXPECT_DOUBLE_EQ(curve.points[10].fnmr, 0);
    EXPECT_DOUBLE_EQ(curve.area.value, curve.best_area);
    EXPECT_LE(curve.area.low, curve.area.value);
    EXPECT_GE(curve.area.high, curve.area.value);
}

TEST(Discard, a_constant_score_tells_nothing) {
    const auto curve = error_versus_discard(trials([](std::uint32_t) { return 1.0f; }), 50);
    EXPECT_NEAR(curve.points[20].fnmr, 0.10, 1e-12);
    EXPECT_NEAR(curve.area.value, 1, 1e-12);
}

TEST(Discard, a_score_turned_round_does_harm) {
    const auto curve = error_versus_discard(trials([](std::uint32_t i) { return -static_cast<float>(i); }), 50);
    EXPECT_NEAR(curve.points[50].fnmr, 10.0 / 50, 1e-12);
    EXPECT_GT(curve.area.value, 1);
}

}  // namespace
}  // namespace mien::statistics
