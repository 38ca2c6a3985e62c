#include <gtest/gtest.h>

#include "eval/pairs.h"
#include "eval/verification.h"

namespace mien::eval {
namespace {

TEST(Pairs, ReadsColumnsInAnyOrder) {
    const auto pairs =
        read_pairs(as_bytes("mated,b,a\n1,x/Anna_2.jpg,x/Anna_1.jpg\n0,x/Bo_1.jpg,x/Anna_1.jpg\n"), Scores::None);
    ASSERT_TRUE(pairs) << pairs.error().message;
    EXPECT_EQ((*pairs)[1].subject_a, "Anna");
    EXPECT_EQ((*pairs)[1].subject_b, "Bo");
}

TEST(Pairs, FaultsHaveTheirLine) {
    const auto fault = [](const char* csv) { return read_pairs(as_bytes(csv), Scores::None).error().message; };
    EXPECT_NE(fault("a,b\n").find("'mated' is missing"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\nx,y\n").find("line 2"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\nA_1,A_2,1\nA_1,B_1,yes\n").find("line 3"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\nA_1,A_2,0\n").find("the subjects are 'A' and 'A'"), std::string::npos);
    EXPECT_NE(fault("a,b,mated\n").find("no pair"), std::string::npos);
}

TEST(Scores, AreJudgedAndEmptyOnesAreFailures) {
    const auto pairs = read_pairs(
        as_bytes("a,b,mated,score\nA_1,A_2,1,0.9\nB_1,B_2,1,\nA_1,B_1,0,0.1\nA_2,B_2,0,0.2\n"), Scores::Given);
    ASSERT_TRUE(pairs);
    const auto run = judge_scores(*pairs);
    ASSERT_TRUE(run);
    EXPECT_DOUBLE_EQ(run->figures.fnmr_at_fmr_1e_2.value, 0.5);
    EXPECT_DOUBLE_EQ(run->figures.failure_to_acquire.value, 0.25);
    auto wrong = *pairs;
    wrong[0].score = "high";
    EXPECT_FALSE(judge_scores(wrong));
}

}  // namespace
}  // namespace mien::eval
