#include "eval/attributes.h"

#include <gtest/gtest.h>

namespace mien::eval {
namespace {

AttributeSample sample(const char* subject, std::variant<GenderReading, Unmeasured> gender, float years) {
    AttributeSample made{subject, {}};
    made.attributes.gender = gender;
    made.attributes.age = Age{years, years - 5, years + 5};
    return made;
}

TEST(Consistency, HandComputedRates) {
    const GenderReading male{Gender::Male, 0.9f};
    const GenderReading female{Gender::Female, 0.9f};
    // a: 3 pairs, 1 of one gender; b: 1 pair, of one gender, one picture unread; c: alone, left out.
    const auto judged = judge_consistency({sample("a", male, 30), sample("a", male, 36), sample("a", female, 33),
                                           sample("b", female, 50), sample("b", female, 50),
                                           sample("b", Unmeasured::ModelUnsure, 56), sample("c", male, 90)});
    ASSERT_TRUE(judged);
    EXPECT_DOUBLE_EQ(judged->gender.value, 2.0 / 4);
    EXPECT_DOUBLE_EQ(judged->age_spread.value, (3.0 + 3.0 + 6.0) / 6);
    EXPECT_DOUBLE_EQ(judged->gender_unmeasured.value, 1.0 / 6);
    EXPECT_EQ(judged->subjects, 2u);
    EXPECT_EQ(judged->pictures, 6u);
    EXPECT_LE(judged->gender.low, 0.5);
    EXPECT_GE(judged->gender.high, 0.5);
}

TEST(Consistency, NeedsASubjectWithTwoPictures) {
    EXPECT_FALSE(judge_consistency({sample("a", Unmeasured::ModelUnsure, 30)}));
}

}  // namespace
}  // namespace mien::eval
