#include "statistics/identification.h"

#include <gtest/gtest.h>

namespace mien::statistics {
namespace {

Search mate(float similarity, std::size_t rank, std::uint32_t subject, std::uint32_t gallery = 0) {
    return {gallery, subject, true, true, similarity, rank};
}
Search stranger(float similarity, std::uint32_t subject, std::uint32_t gallery = 0) {
    return {gallery, subject, false, true, similarity, 0};
}

// Mates found at 0.9 (first), 0.8 (second), 0.6 (first), one not among the candidates, one not acquired; ten strangers.
std::vector<Search> example() {
    std::vector<Search> searches{mate(0.9f, 1, 0),
                                 mate(0.8f, 2, 1),
                                 mate(0.6f, 1, 2),
                                 {0, 3, true, true, std::nullopt, 0},
                                 {0, 4, true, false, std::nullopt, 0}};
    for (std::uint32_t i = 0; i < 9; ++i) searches.push_back(stranger(0.1f + 0.07f * static_cast<float>(i), 10 + i));
    searches.push_back({0, 19, false, false, std::nullopt, 0});
    return searches;
}

TEST(Identification, HandComputed) {
    const auto figures =
        judge_identification(example(), {.fpirs = {0.3, 0.1, 0.01}, .most_rank = 3, .replicates = 200});
    ASSERT_EQ(figures.cmc.size(), 3u);
    EXPECT_DOUBLE_EQ(figures.cmc[0].value, 2.0 / 5);
    EXPECT_DOUBLE_EQ(figures.cmc[1].value, 3.0 / 5);
    EXPECT_DOUBLE_EQ(figures.cmc[2].value, 3.0 / 5);  // the fourth is nobody's candidate, the fifth was not acquired
    // Strangers at 0.66, 0.59, 0.52 … of ten searches, one of them failed. FPIR 0.3: threshold 0.52, where two mates
    // are first; 0.1: the mate's 0.6 lies below 0.66 but above 0.59, so it is the lowest with one alarm.
    EXPECT_NEAR(figures.at_fpir[0].threshold, 0.52f, 1e-6);
    EXPECT_DOUBLE_EQ(figures.at_fpir[0].fnir.value, 3.0 / 5);
    EXPECT_FLOAT_EQ(figures.at_fpir[1].threshold, 0.6f);
    EXPECT_DOUBLE_EQ(figures.at_fpir[1].fnir.value, 3.0 / 5);
    EXPECT_FLOAT_EQ(figures.at_fpir[2].threshold, 0.8f);
    EXPECT_DOUBLE_EQ(figures.at_fpir[2].fnir.value, 4.0 / 5);  // rank 2 is no success at R = 1
    EXPECT_DOUBLE_EQ(figures.failure_to_acquire.value, 2.0 / 15);
    EXPECT_EQ(figures.mated, 5u);
    EXPECT_EQ(figures.non_mated_subjects, 10u);
    EXPECT_DOUBLE_EQ(figures.claim_limit(), 0.3);
    EXPECT_TRUE(figures.at_fpir[0].supported);
    EXPECT_FALSE(figures.at_fpir[1].supported);  // ten strangers prove no less than 0.3
    EXPECT_LT(figures.cmc[0].low, 0.4);
    EXPECT_GT(figures.cmc[0].high, 0.4);
}

TEST(Identification, RankTwoCounts) {
    const auto figures = judge_identification(example(), {.rank = 2, .fpirs = {0.01}, .replicates = 10});
    EXPECT_DOUBLE_EQ(figures.at_fpir[0].fnir.value, 3.0 / 5);
}

TEST(Identification, DifferencesOfTwoWaysArePaired) {
    const std::vector<Search> a = example();
    EXPECT_DOUBLE_EQ(fnir_difference(a, a, 0.3, 1, 100).high, 0);
    std::vector<Search> b = a;
    b[1].rank = 1;  // found first, at 0.8: one more of five
    const Interval difference = fnir_difference(b, a, 0.3, 1, 200);
    EXPECT_DOUBLE_EQ(difference.value, -0.2);
    EXPECT_LE(difference.low, -0.2);
    EXPECT_DOUBLE_EQ(difference.high, 0) << "never worse, whoever is drawn";
}

TEST(Identification, AtAFixedThreshold) {
    const auto at = judge_identification_at(example(), 0.59f, 1, 200);
    EXPECT_DOUBLE_EQ(at.fnir.value, 3.0 / 5);
    EXPECT_DOUBLE_EQ(at.fpir.value, 0.2);  // 0.66 and 0.59: the threshold itself counts
    EXPECT_LT(at.fpir.low, 0.2);
    EXPECT_GT(at.fpir.high, 0.2);
    EXPECT_DOUBLE_EQ(judge_identification_at({}, 0.5f, 1).fpir.value, 0);
}

TEST(Identification, IntervalsComeFromSubjectsNotSearches) {
    // Two subjects, one always found and one never, each searched for a hundred times: all that is known is that one of
    // two is found, so the interval reaches from none to all.
    std::vector<Search> searches{stranger(0.1f, 5)};
    for (int i = 0; i < 100; ++i) {
        searches.push_back(mate(0.9f, 1, 0));
        searches.push_back(mate(0.9f, 2, 1));
    }
    const auto figures = judge_identification(searches, {.replicates = 400});
    EXPECT_DOUBLE_EQ(figures.cmc[0].value, 0.5);
    EXPECT_DOUBLE_EQ(figures.cmc[0].low, 0);
    EXPECT_DOUBLE_EQ(figures.cmc[0].high, 1);
}

TEST(Identification, CurveFallsAndRises) {
    const auto curve = identification_curve(example(), 1);
    ASSERT_EQ(curve.size(), 12u);  // nine strangers, three mates, none equal
    EXPECT_DOUBLE_EQ(curve.back().fpir, 0.9);
    EXPECT_DOUBLE_EQ(curve.back().fnir, 3.0 / 5);
    for (std::size_t i = 1; i < curve.size(); ++i) {
        EXPECT_LT(curve[i].threshold, curve[i - 1].threshold);
        EXPECT_GE(curve[i].fpir, curve[i - 1].fpir);
        EXPECT_LE(curve[i].fnir, curve[i - 1].fnir);
    }
}

}  // namespace
}  // namespace mien::statistics
