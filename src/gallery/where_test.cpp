#include "gallery/where.h"

#include <gtest/gtest.h>

namespace mien::gallery {
namespace {

std::int64_t ms(const char* text) {
    return time_from(text)->time_since_epoch().count();
}

TEST(Span, IsAsExactAsItWasWritten) {
    const auto is = [](const char* text, const char* from, const char* before) {
        const auto span = span_from(text);
        ASSERT_TRUE(span) << text;
        EXPECT_EQ(span->from.time_since_epoch().count(), ms(from)) << text;
        EXPECT_EQ(span->before.time_since_epoch().count(), ms(before)) << text;
    };
    is("2026-11-25", "2026-11-25T00:00:00.000Z", "2026-11-26T00:00:00.000Z");
    is("2024-02-29T03:01Z", "2024-02-29T03:01:00.000Z", "2024-02-29T03:02:00.000Z");
    is("2026-11-25T03:01:42", "2026-11-25T03:01:42.000Z", "2026-11-25T03:01:43.000Z");
    is("2026-11-25 03:01:42.123Z", "2026-11-25T03:01:42.123Z", "2026-11-25T03:01:42.124Z");
    is("2026-11-25T00:30+01:00", "2026-11-24T23:30:00.000Z", "2026-11-24T23:31:00.000Z");
    is("2026-11-25T22:00-0230", "2026-11-26T00:30:00.000Z", "2026-11-26T00:31:00.000Z");
    for (const char* wrong :
         {"", "2026", "2026-11", "2026-02-30", "2026-11-25T", "2026-11-25T24:00", "2026-11-25T03:60",
          "2026-11-25T03:01+", "2026-11-25T03:01Zulu", "yesterday", "2026-11-25x"})
        EXPECT_EQ(span_from(wrong).error().fault, Fault::BadInput) << wrong;
}

TEST(Condition, IsReadOffText) {
    const auto at_least = condition_from("joined>=2026-01-01");
    ASSERT_TRUE(at_least);
    EXPECT_EQ(at_least->key, "joined");
    EXPECT_EQ(at_least->compare, Condition::Compare::AtLeast);
    EXPECT_EQ(at_least->value, "2026-01-01");
    EXPECT_EQ(condition_from("a=b=c")->value, "b=c");
    EXPECT_EQ(condition_from("a!=")->compare, Condition::Compare::NotEqual);
    EXPECT_EQ(condition_from("a=")->value, "");
    for (const char* wrong : {"", "a", "=b", "a!b", "!=b", "a<", "a<b", "a>=soon", "a<nan"})
        EXPECT_EQ(condition_from(wrong).error().fault, Fault::BadInput) << wrong;
}

bool holds(const char* condition, const char* metadata) {
    return Facts(SubjectKind::Known, metadata).hold(*condition_from(condition));
}

TEST(Facts, HoldOrDoNot) {
    constexpr const char* anna = R"({"team":"red","age":34,"badge":"007","on":true,"joined":"2026-03-01",
        "tags":["vip","night"],"address":{"city":"Bern"}})";
    for (const char* right :
         {"team=red", "team!=blue", "age=34", "age=34.0", "age<35", "age<=34", "age>33.5", "badge=007", "badge<8",
          "on=true", "joined>=2026-03-01", "joined<2026-03-02", "joined<=2026-03-01", "joined>2026-02-28T23:59Z",
          "tags=vip", "tags=night", "address.city=Bern", "missing!=x"})
        EXPECT_TRUE(holds(right, anna)) << right;
    for (const char* wrong : {"team=Red", "team!=red", "age=33", "age<34", "badge=7", "joined>2026-03-01",
                              "joined<2026-03-01", "team<7", "team<2026-01-01", "tags!=vip", "city=Bern", "missing=x",
                              "missing<1", "missing>=2026-01-01", "age<2030-01-01"})
        EXPECT_FALSE(holds(wrong, anna)) << wrong;
    EXPECT_FALSE(holds("team=red", ""));
    EXPECT_TRUE(holds("team!=red", "no json"));
}

TEST(Where, AllOfItMustHold) {
    const Facts anna(SubjectKind::Known, R"({"team":"red","tags":["vip"]})");
    Where where{.conditions = {*condition_from("team=red")}, .tags = {"vip"}, .kind = SubjectKind::Known};
    EXPECT_TRUE(where.lets_through(anna));
    EXPECT_TRUE(where.asks());
    where.tags.emplace_back("night");
    EXPECT_FALSE(where.lets_through(anna));
    where = {.kind = SubjectKind::Unknown};
    EXPECT_FALSE(where.lets_through(anna));
    EXPECT_TRUE(Where{}.lets_through(anna));
    EXPECT_FALSE(Where{}.asks());
}

}  // namespace
}  // namespace mien::gallery
