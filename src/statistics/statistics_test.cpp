#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "statistics/bootstrap.h"
#include "statistics/calibration.h"
#include "statistics/verification.h"

namespace mien::statistics {
namespace {

Comparison mated(std::optional<float> s, std::uint32_t subject, std::uint32_t fold = 0) {
    return {s, true, subject, subject, fold};
}
Comparison other(std::optional<float> s, std::uint32_t a, std::uint32_t b, std::uint32_t fold = 0) {
    return {s, false, a, b, fold};
}

TEST(Bootstrap, AShareOfUnitsHasTheBinomialsInterval) {
    // 30 of 100 units: the binomial's standard deviation is 0.046, so 95 % lie within about 0.09.
    const auto rates = [](std::span<const std::size_t> drawn) {
        const auto hits = std::ranges::count_if(drawn, [](std::size_t i) { return i < 30; });
        const auto share = static_cast<double>(hits) / static_cast<double>(drawn.size());
        return std::vector<double>{share, 2 * share};
    };
    const auto intervals = bootstrap(100, rates);
    ASSERT_EQ(intervals.size(), 2u);
    EXPECT_DOUBLE_EQ(intervals[0].value, 0.3);
    EXPECT_NEAR(intervals[0].low, 0.21, 0.02);
    EXPECT_NEAR(intervals[0].high, 0.39, 0.02);
    EXPECT_DOUBLE_EQ(intervals[1].high, 2 * intervals[0].high);
    EXPECT_DOUBLE_EQ(bootstrap(100, rates)[0].low, intervals[0].low);
}

TEST(Verification, HandComputedRates) {
    // Mated 0.9 0.8 0.7 0.4; non-mated 0.6 0.3 0.2 0.1: at threshold 0.4..0.6 one error of each kind in four.
    const std::vector<Comparison> c{mated(0.9f, 0),    mated(0.8f, 1),    mated(0.7f, 2),    mated(0.4f, 3),
                                    other(0.6f, 0, 1), other(0.3f, 1, 2), other(0.2f, 2, 3), other(0.1f, 0, 3)};
    const auto figures = judge_verification(c, 50);
    EXPECT_DOUBLE_EQ(figures.eer.value, 0.25);
    EXPECT_DOUBLE_EQ(figures.fnmr_at_fmr_1e_2.value, 0.25);  // threshold 0.7
    EXPECT_DOUBLE_EQ(figures.accuracy.value, 7.0 / 8);
    EXPECT_EQ(figures.subjects, 4u);
    EXPECT_LE(figures.eer.low, 0.25);
    EXPECT_GE(figures.eer.high, 0.25);
}

TEST(Verification, AtAFixedThreshold) {
    const std::vector<Comparison> c{mated(0.9f, 0),    mated(0.4f, 1),    mated(std::nullopt, 2),    mated(0.5f, 3),
                                    other(0.6f, 0, 1), other(0.3f, 1, 2), other(std::nullopt, 2, 3), other(0.5f, 0, 3)};
    const auto rates = judge_at(c, 0.5f, 200);
    EXPECT_DOUBLE_EQ(rates.fnmr.value, 0.5);  // 0.4 and the failure; the threshold itself matches
    EXPECT_DOUBLE_EQ(rates.fmr.value, 0.5);
    EXPECT_DOUBLE_EQ(rates.failure_to_acquire.value, 0.25);
    EXPECT_EQ(rates.mated, 4u);
    EXPECT_EQ(rates.non_mated, 4u);
    EXPECT_LT(rates.fnmr.low, rates.fnmr.value);
    EXPECT_GT(rates.fnmr.high, rates.fnmr.value);
    EXPECT_EQ(judge_at({}, 0.5f).mated, 0u);
}

TEST(Verification, FailuresAreErrors) {
    const std::vector<Comparison> c{mated(0.9f, 0), mated(std::nullopt, 1), other(std::nullopt, 0, 1),
                                    other(0.1f, 0, 1)};
    const auto figures = judge_verification(c, 10);
    EXPECT_DOUBLE_EQ(figures.fnmr_at_fmr_1e_2.value, 0.5);
    EXPECT_DOUBLE_EQ(figures.accuracy.value, 0.5);
    EXPECT_DOUBLE_EQ(figures.failure_to_acquire.value, 0.5);
}

TEST(Verification, ThresholdComesFromTheOtherFolds) {
    // Fold 1's scores are shifted: judged by fold 0's threshold all its non-mated ones are accepted.
    const std::vector<Comparison> c{mated(0.9f, 0, 0), other(0.1f, 0, 1, 0), mated(0.99f, 2, 1), other(0.95f, 2, 3, 1)};
    EXPECT_DOUBLE_EQ(judge_verification(c, 10).accuracy.value, 0.5 * (0.5 + 0.5));
}

// Strangers' similarities about 0.5, deviation 0.1; those to k pictures share half of their variance.
struct MadeStrangers {
    std::vector<float> one{};
    std::vector<Gathered> gathered{};
    MadeStrangers() {
        std::mt19937_64 random(1);
        std::normal_distribution<double> normal(0, 0.1 / std::sqrt(2.0));
        for (int i = 0; i < 200'000; ++i) one.push_back(static_cast<float>(0.5 + normal(random) + normal(random)));
        for (std::size_t k = 2; k <= 4; ++k) {
            for (int subject = 0; subject < 60; ++subject) {
                // Pictures 0.05 apart: of k x k ordered pairs, k are of a picture with itself.
                const auto share = 1 - 1 / static_cast<float>(k);
                Gathered made{k, 0.05f * share};
                for (int i = 0; i < 3000; ++i) {
                    double own = 0;
                    for (std::size_t picture = 0; picture < k; ++picture) own += normal(random);
                    made.strangers.push_back(static_cast<float>(0.5 + normal(random) + own / static_cast<double>(k)));
                }
                gathered.push_back(std::move(made));
            }
        }
    }
};

TEST(Several, StrangersPassAsOftenAsWithOnePicture) {
    const MadeStrangers made;
    const auto several = fit_several(made.one, made.gathered);
    ASSERT_TRUE(several);
    EXPECT_NEAR(several->centre, 0.6, 0.002);
    EXPECT_GT(several->slope, 5);
    std::vector<float> sorted = made.one;
    std::ranges::sort(sorted, std::greater{});
    const float threshold = sorted[sorted.size() / 200];  // 0.5 % of strangers
    for (std::size_t k = 2; k <= 4; ++k) {
        double plain = 0;
        double stretched = 0;
        double all = 0;
        for (const Gathered& g : made.gathered) {
            if (g.pictures != k) continue;
            for (const float s : g.strangers) {
                ++all;
                plain += s >= threshold ? 1 : 0;
                stretched += as_one_picture(*several, s, g.distance) >= threshold ? 1 : 0;
            }
        }
        EXPECT_LT(plain / all, 0.0025) << k;
        EXPECT_NEAR(stretched / all, 0.005, 0.0015) << k;
    }
}

TEST(Several, EqualPicturesAreOneAndWildOnesAreBounded) {
    const Several several{0.9, 8};
    EXPECT_FLOAT_EQ(as_one_picture(several, 0.95f, 0), 0.95f);
    EXPECT_FLOAT_EQ(as_one_picture(several, 0.95f, 0.5f), 1.0f);  // stretched twice at most
    EXPECT_FLOAT_EQ(as_one_picture(several, 0.92f, 0.5f), 0.94f);
    EXPECT_FLOAT_EQ(as_one_picture(several, 0.1f, 0.5f), 0.0f);
    EXPECT_FALSE(fit_several(std::vector<float>(100, 0.5f), {}));
    EXPECT_FALSE(fit_several(std::vector<float>(100, 0.5f), std::vector<Gathered>(29, {2, 0.1f, {0.5f}})));
}

TEST(Calibration, CountsAndLimits) {
    // Ten subjects: 45 pairs with similarities 0, 1/45, 2/45 …
    std::vector<float> pairs;
    for (int i = 0; i < 45; ++i) pairs.push_back(static_cast<float>(i) / 45);
    const Calibration calibration = calibrate(pairs, 10, std::vector<float>{0.5f, 0.99f});
    EXPECT_DOUBLE_EQ(calibration.claim_limit(), 0.3);
    EXPECT_NEAR(calibration.at(0.5f).value, 0.5, 0.05);
    EXPECT_EQ(calibration.at(0.9f).bound, FalseMatchRate::Bound::AtMost);
    EXPECT_DOUBLE_EQ(calibration.at(0.9f).value, 0.3);
    EXPECT_FALSE(calibration.threshold_for(0.1));
    EXPECT_FALSE(calibration.threshold_for(1.5));
    const auto point = calibration.threshold_for(0.4);
    ASSERT_TRUE(point);
    EXPECT_NEAR(point->threshold, 0.6, 0.05);
    for (std::size_t i = 1; i < calibration.points.size(); ++i) {
        EXPECT_GT(calibration.points[i].similarity, calibration.points[i - 1].similarity);
        EXPECT_LE(calibration.points[i].fmr, calibration.points[i - 1].fmr);
    }
}

TEST(Calibration, MissesByHand) {
    const std::vector<MatedScore> mated{{0.9f, 0}, {0.8f, 1}, {0.6f, 1}, {0.7f, 2}};
    Calibration calibration;
    EXPECT_FALSE(calibration.misses_at(0.5f));
    calibration.misses = miss_rates(mated);
    ASSERT_EQ(calibration.misses.size(), 4u);
    EXPECT_DOUBLE_EQ(calibration.misses_at(0.5f)->value, 0);
    EXPECT_DOUBLE_EQ(calibration.misses_at(0.7f)->value, 0.25);
    EXPECT_DOUBLE_EQ(calibration.misses_at(0.75f)->value, 0.5);  // 0.6 and 0.7 of four
    EXPECT_DOUBLE_EQ(calibration.misses_at(0.95f)->value, 1);
    EXPECT_LT(calibration.misses_at(0.8f)->low, 0.5);
    EXPECT_GT(calibration.misses_at(0.8f)->high, 0.5);
}

TEST(Calibration, AlertsByHand) {
    // 1000 searches, one in a hundred wanted: 990 strangers at FPIR 1 % are 9.9 false alarms, 10 wanted at FNIR 10 %
    // are 9 true ones: 9 of 18.9 are right.
    const ExpectedAlerts alerts = expected_alerts({1000, 0.01}, {0.01, 0.005, 0.02}, {0.1, 0, 0.5});
    EXPECT_NEAR(alerts.false_alarms.value, 9.9, 1e-9);
    EXPECT_NEAR(alerts.true_alerts.value, 9, 1e-9);
    EXPECT_NEAR(alerts.right.value, 9 / 18.9, 1e-9);
    EXPECT_NEAR(alerts.right.low, 5 / 24.8, 1e-9);
    EXPECT_NEAR(alerts.right.high, 10 / 14.95, 1e-9);
    EXPECT_DOUBLE_EQ(expected_alerts({0, 0.5}, {1, 1, 1}, {0, 0, 0}).right.value, 0);
}

TEST(Calibration, PointsGoOnInTheTail) {
    std::mt19937_64 random(5);
    std::normal_distribution<float> normal(0.5f, 0.1f);
    constexpr std::size_t subjects = 300;
    std::vector<float> pairs(subjects * (subjects - 1) / 2);
    for (float& s : pairs) s = normal(random);
    Calibration calibration = calibrate(pairs, subjects, {});
    EXPECT_FALSE(calibration.threshold_between(0.01));  // no tail
    calibration.tail = *fit_tail(pairs, subjects);
    float before = 0;
    for (const double fmr : {0.3, 0.05, 0.01, 0.006, 0.005, 0.004, 1e-3, 3e-4}) {
        const auto at = calibration.threshold_between(fmr);
        ASSERT_TRUE(at) << at.error().message;
        EXPECT_GE(at->threshold, before);
        EXPECT_LE(at->low, at->threshold);
        EXPECT_GE(at->high, at->threshold);
        const double seen =
            static_cast<double>(std::ranges::count_if(pairs, [&](float s) { return s >= at->threshold; })) /
            static_cast<double>(pairs.size());
        EXPECT_LE(seen, 1.15 * fmr);
        EXPECT_LE(calibration.fmr_between(at->threshold).value, 1.001 * fmr);
        before = at->threshold;
    }
    EXPECT_FALSE(calibration.threshold_between(1e-6));
    EXPECT_FALSE(calibration.threshold_at_n(0.0001, 300));
    const auto small = calibration.threshold_at_n(0.2, 4);  // FMR 0.05: above the tail
    ASSERT_TRUE(small);
    EXPECT_NEAR(calibration.fpir_between(small->threshold, 4).value, 0.2, 0.03);
}

}  // namespace
}  // namespace mien::statistics
