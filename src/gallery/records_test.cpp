#include "gallery/records.h"

#include <gtest/gtest.h>

namespace mien::gallery {
namespace {

using std::chrono::days;

TEST(Times, ReadAndWrite) {
    const auto time = time_from("2026-11-25T03:01:42.123Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(to_text(*time), "2026-11-25T03:01:42.123Z");
    for (const char* wrong :
         {"", "2026-13-25T03:01:42.123Z", "2026-11-25", "2026-11-25T03:01:42.123Zx", "2026-02-30T03:01:42.123Z"})
        EXPECT_FALSE(time_from(wrong)) << wrong;
    EXPECT_EQ(*days_from("P90D"), days{90});
    EXPECT_EQ(*days_from("P3Y"), days{1095});
    EXPECT_EQ(*days_from("P2W"), days{14});
    for (const char* wrong : {"", "P", "PD", "90", "P0D", "P-1D", "P1H", "P99999999999D"})
        EXPECT_FALSE(days_from(wrong)) << wrong;
}

}  // namespace
}  // namespace mien::gallery
