#include "statistics/tail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace mien::statistics {
namespace {

TEST(ParetoTail, RatesAndValuesAreInverse) {
    for (const double shape : {-0.3, 0.0, 0.2}) {
        const ParetoTail tail{0.5, 0.01, shape, 0.02};
        for (const double rate : {0.01, 1e-3, 1e-6})
            EXPECT_NEAR(tail.rate_at(tail.value_for(rate)), rate, 1e-9 * rate + 1e-14);
        EXPECT_DOUBLE_EQ(tail.rate_at(0.4), 0.01);
    }
    // Exponential: a tenth of the share lies a scale times ln 10 further; shape -0.5 ends at start + 2 scale.
    EXPECT_DOUBLE_EQ((ParetoTail{0, 1, 0, 3}.value_for(0.1)), 3 * std::log(10.0));
    EXPECT_DOUBLE_EQ((ParetoTail{1, 0.1, -0.5, 2}.rate_at(5)), 0);
    EXPECT_DOUBLE_EQ((ParetoTail{1, 0.1, -0.5, 2}.rate_at(3)), 0.1 * 0.25);  // (1 - 0.5)^2
}

TEST(FitPareto, RecoversKnownParameters) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> even(0, 1);
    for (const double shape : {-0.3, -0.1, 0.0, 0.2}) {
        const ParetoTail truth{0, 1, shape, 0.5};
        std::vector<Excess> drawn;
        for (int i = 0; i < 20000; ++i) drawn.push_back({truth.value_for(1 - even(random))});
        const auto fit = fit_pareto(drawn, 0, 1);
        ASSERT_TRUE(fit);
        // Standard errors at 20,000: about 0.01 in shape, 0.007 in scale (Hosking and Wallis 1987, equation 11).
        EXPECT_NEAR(fit->shape, shape, 0.04);
        EXPECT_NEAR(fit->scale, 0.5, 0.025);
    }
}

TEST(FitPareto, WeightsCountAsRepetitions) {
    std::vector<Excess> weighted;
    std::vector<Excess> repeated;
    for (int i = 1; i <= 30; ++i) {
        weighted.push_back({0.01 * i * i, i % 3 == 0 ? 100.0 : 0.0});
        for (int k = 0; i % 3 == 0 && k < 100; ++k) repeated.push_back({0.01 * i * i});
    }
    const auto a = fit_pareto(weighted, 0, 1);
    const auto b = fit_pareto(repeated, 0, 1);
    ASSERT_TRUE(a && b);
    EXPECT_NEAR(a->scale, b->scale, 1e-9);
    EXPECT_NEAR(a->shape, b->shape, 1e-9);
}

TEST(FitPareto, RefusesTooLittle) {
    EXPECT_FALSE(fit_pareto(std::vector<Excess>(9, {0.1}), 0, 1));
    EXPECT_FALSE(fit_pareto(std::vector<Excess>(50, {0.1}), 0, 1));
    EXPECT_FALSE(fit_pareto(std::vector<Excess>(50, {0.0}), 0, 1));
}

// Subjects whose pairs are independent normal numbers.
std::vector<float> normal_pairs(std::size_t subjects, unsigned seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal(0.5F, 0.1F);
    std::vector<float> pairs(subjects * (subjects - 1) / 2);
    for (float& s : pairs) s = normal(random);
    return pairs;
}

TEST(FitTail, ClaimsHoldOnOtherSubjects) {
    const auto model = fit_tail(normal_pairs(500, 1), 500);
    ASSERT_TRUE(model);
    const std::vector<float> others = normal_pairs(1500, 2);
    for (const double fmr : {1e-3, 1e-4}) {
        const auto at = model->threshold_for_fmr(fmr);
        ASSERT_TRUE(at);
        EXPECT_LT(at->low, at->threshold);
        EXPECT_GT(at->high, at->threshold);
        const auto above = std::ranges::count_if(others, [&](float s) { return s >= at->threshold; });
        const double seen = static_cast<double>(above) / static_cast<double>(others.size());
        const Interval claimed = model->fmr_at(at->threshold);
        EXPECT_NEAR(claimed.value, fmr, 1e-4 * fmr + 1e-7);
        EXPECT_GT(seen, claimed.low * 0.8);
        EXPECT_LT(seen, claimed.high * 1.25);
    }
    EXPECT_NEAR(model->clustering, 1, 0.1);  // independent pairs
    EXPECT_NEAR(model->lowest_fmr(), 10 / 124750.0, 1e-12);
    EXPECT_FALSE(model->threshold_for_fmr(0.5 * model->lowest_fmr()));
    EXPECT_FALSE(model->threshold_for_fmr(0.01));  // above the tail
    EXPECT_FALSE(model->threshold_for_fpir(1, 10));
    EXPECT_EQ(TailModel::subjects_for(10 / 124750.0), 500);
}

TEST(FitTail, AlarmsOfLookalikesCluster) {
    // One subject in fifty looks like many: the pairs of two such lie far out.
    constexpr std::size_t subjects = 500;
    std::vector<float> pairs = normal_pairs(subjects, 3);
    std::size_t pair = 0;
    for (std::size_t i = 0; i < subjects; ++i)
        for (std::size_t j = i + 1; j < subjects; ++j, ++pair)
            if (i % 50 == 0 && j % 50 == 0) pairs[pair] += 0.5F;
    const auto model = fit_tail(pairs, subjects);
    ASSERT_TRUE(model);
    EXPECT_LT(model->clustering, 0.8);
    const auto at = model->threshold_for_fpir(0.1, subjects - 1);
    ASSERT_TRUE(at);
    const auto claimed = model->fpir_at(at->threshold, subjects - 1);
    EXPECT_NEAR(claimed.value, 0.1, 1e-3);
    EXPECT_NEAR(std::pow(1 - model->fmr_for(0.1, subjects - 1), subjects - 1), 0.9, 1e-12);
}

TEST(FitExtremes, RecoversKnownParameters) {
    std::mt19937_64 random(9);
    std::uniform_real_distribution<double> even(0, 1);
    for (const double shape : {-0.1, 0.0, 0.25}) {
        const ExtremeValue truth{2, 0.5, shape};
        std::vector<double> maxima;
        for (int i = 0; i < 20000; ++i) maxima.push_back(truth.value_for(even(random)));
        const auto fit = fit_extremes(maxima);
        ASSERT_TRUE(fit);
        EXPECT_NEAR(fit->location, 2, 0.02);
        EXPECT_NEAR(fit->scale, 0.5, 0.02);
        EXPECT_NEAR(fit->shape, shape, 0.03);
    }
    EXPECT_FALSE(fit_extremes(std::vector<double>(50, 1.0)));
    EXPECT_FALSE(fit_extremes({1, 2, 3}));
}

TEST(MaximaOf, OfThree) {
    const std::vector<float> pairs{0.1F, 0.5F, 0.3F};  // 0-1, 0-2, 1-2
    const auto maxima = maxima_of(pairs, 3);
    EXPECT_FLOAT_EQ(static_cast<float>(maxima[0]), 0.5F);
    EXPECT_FLOAT_EQ(static_cast<float>(maxima[1]), 0.3F);
    EXPECT_FLOAT_EQ(static_cast<float>(maxima[2]), 0.5F);
}

}  // namespace
}  // namespace mien::statistics
