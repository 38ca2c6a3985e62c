#include "gallery/names.h"

#include <gtest/gtest.h>

namespace mien::gallery {
namespace {

using namespace std::string_literals;

TEST(Names, PlainUtf8IsTaken) {
    for (const char* name : {"staff", "Änne Müller", "王小明", "o'Neil (2)", "\xf0\x9f\x98\x80", "a\xc2\xa0z"}) {
        EXPECT_TRUE(check_gallery_name(name)) << name;
        EXPECT_TRUE(check_subject_name(name)) << name;
        EXPECT_EQ(readable_name(name), name);
    }
    EXPECT_TRUE(check_subject_name("-a/b."));
    EXPECT_TRUE(check_subject_name(std::string(500, 'x')));
}

TEST(Names, ControlCharactersAndBrokenUtf8AreRefusedWithTheByte) {
    for (const std::string& name : {"a\nb"s, "a\tb"s, "a\0b"s, "a\x1b[2J"s, "a\x7f"s, "a\xc2\x85"s}) {
        const Status gallery = check_gallery_name(name);
        ASSERT_FALSE(gallery);
        EXPECT_NE(gallery.error().message.find("control characters: byte 2"), std::string::npos)
            << gallery.error().message;
        EXPECT_EQ(gallery.error().message.find('\n'), std::string::npos);
        EXPECT_FALSE(check_subject_name(name));
    }
    // Stray and missing continuations, overlong forms, a surrogate, beyond the last code point.
    for (const std::string& name : {"a\xff"s, "a\x80"s, "a\xc3"s, "a\xc3("s, "a\xc0\xaf"s, "a\xe0\x80\xaf"s,
                                    "a\xed\xa0\x80"s, "a\xf4\x90\x80\x80"s, "a\xf0\x8f\xbf\xbf"s}) {
        const Status refused = check_subject_name(name);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().message.find("UTF-8: byte 2"), std::string::npos) << refused.error().message;
        EXPECT_TRUE(check_subject_name(readable_name(name)));
    }
}

TEST(Names, SizesAndShapes) {
    for (const std::string& name : {""s, "-a"s, ".a"s, "a/b"s, std::string(101, 'x')})
        EXPECT_FALSE(check_gallery_name(name)) << name;
    EXPECT_FALSE(check_subject_name(""));
    EXPECT_FALSE(check_subject_name(std::string(501, 'x')));
}

}  // namespace
}  // namespace mien::gallery
