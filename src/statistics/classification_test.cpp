#include "statistics/classification.h"

#include <gtest/gtest.h>

namespace mien::statistics {
namespace {

TEST(Classification, HandComputedFigures) {
    // Class 0: 3 of 4 right; class 1: 1 of 2 right, one without an answer; class 2 has no picture but one answer.
    const std::vector<Decision> d{{0, 0, 0.95}, {0, 0, 0.95}, {0, 0, 0.95},
                                  {0, 2, 0.55}, {1, 1, 0.55}, {1, std::nullopt, 0}};
    const auto figures = judge_classification(d, 3, 100);
    EXPECT_DOUBLE_EQ(figures.accuracy.value, 4.0 / 6);
    EXPECT_DOUBLE_EQ(figures.balanced_accuracy.value, (3.0 / 4 + 1.0 / 2) / 2);
    EXPECT_DOUBLE_EQ(figures.macro_f1.value, (6.0 / 7 + 2.0 / 3) / 2);
    // Bin 0.9..1: 3 right against 2.85; bin 0.5..0.6: 1 right against 1.1; five answers.
    EXPECT_NEAR(figures.calibration_error.value, (0.15 + 0.1) / 5, 1e-9);
    EXPECT_EQ(figures.confusion[0], (std::vector<std::size_t>{3, 0, 1, 0}));
    EXPECT_EQ(figures.confusion[1], (std::vector<std::size_t>{0, 1, 0, 1}));
}

TEST(Classification, IntervalsHoldTheValueAndNarrow) {
    std::vector<Decision> few;
    for (std::size_t i = 0; i < 50; ++i) few.push_back({i % 2, i % 5 == 0 ? 1 - i % 2 : i % 2, 0.8});
    std::vector<Decision> many;
    for (int i = 0; i < 40; ++i) many.insert(many.end(), few.begin(), few.end());
    const auto wide = judge_classification(few, 2, 400).accuracy;
    const auto narrow = judge_classification(many, 2, 400).accuracy;
    EXPECT_DOUBLE_EQ(wide.value, 0.8);
    EXPECT_LT(wide.low, 0.8);
    EXPECT_GT(wide.high, 0.8);
    // The standard error of a share of 0.8 over 2,000 is 0.009.
    EXPECT_NEAR(narrow.high - narrow.low, 4 * 0.009, 0.01);
    EXPECT_GT(wide.high - wide.low, 4 * (narrow.high - narrow.low));
}

}  // namespace
}  // namespace mien::statistics
