#include "statistics/separation.h"

#include <gtest/gtest.h>

#include <vector>

namespace mien::statistics {
namespace {

std::vector<YesNoSample> samples_of(const std::vector<double>& yes, const std::vector<double>& no) {
    std::vector<YesNoSample> samples;
    for (const double score : yes) samples.push_back({score, true, static_cast<std::uint32_t>(samples.size())});
    for (const double score : no) samples.push_back({score, false, static_cast<std::uint32_t>(samples.size())});
    return samples;
}

TEST(Separation, counts_what_can_be_counted_by_hand) {
    const auto f = judge_separation(samples_of({0.9, 0.7, 0.4}, {0.8, 0.4, 0.2, 0.1}), 0.5);
    // Of 12 couples 9 stand right and one is tied.
    EXPECT_DOUBLE_EQ(f.auc.value, 9.5 / 12);
    EXPECT_DOUBLE_EQ(f.recall.value, 2.0 / 3);
    EXPECT_DOUBLE_EQ(f.false_alarms.value, 0.25);
    EXPECT_NEAR(f.eer.value, (1.0 / 3 + 0.25) / 2, 1e-12);
    EXPECT_EQ(f.yes, 3u);
    EXPECT_EQ(f.no, 4u);
    EXPECT_LE(f.auc.low, f.auc.value);
    EXPECT_GE(f.auc.high, f.auc.value);
}

TEST(Separation, parted_and_mixed_scores) {
    const auto parted = judge_separation(samples_of({0.9, 0.8, 0.7}, {0.3, 0.2}), 0.5);
    EXPECT_DOUBLE_EQ(parted.auc.value, 1);
    EXPECT_DOUBLE_EQ(parted.eer.value, 0);
    const auto same = judge_separation(samples_of({0.5, 0.5}, {0.5, 0.5}), 0.6);
    EXPECT_DOUBLE_EQ(same.auc.value, 0.5);
    EXPECT_DOUBLE_EQ(same.recall.value, 0);
}

TEST(Separation, many_samples_of_one_subject_tell_less) {
    std::vector<YesNoSample> many = samples_of({0.9, 0.8, 0.2, 0.6}, {0.1, 0.3, 0.7, 0.4});
    std::vector<YesNoSample> repeated;
    for (const YesNoSample& s : many)
        for (int i = 0; i < 25; ++i) repeated.push_back(s);  // the same eight subjects
    const auto few = judge_separation(many, 0.5);
    const auto copied = judge_separation(repeated, 0.5);
    EXPECT_DOUBLE_EQ(few.auc.value, copied.auc.value);
    EXPECT_DOUBLE_EQ(few.auc.low, copied.auc.low);
}

}  // namespace
}  // namespace mien::statistics
