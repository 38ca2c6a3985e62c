#include <gtest/gtest.h>

#include <fstream>

#include "media/exif.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"
#include "media/write_picture.h"

namespace mien::media {
namespace {

namespace fs = std::filesystem;

Picture quarters() {  // red, green / blue, white
    Picture picture({16, 12});
    for (int y = 0; y < 12; ++y) {
        for (int x = 0; x < 16; ++x) {
            std::uint8_t* p = picture.row(y) + x * 3;
            p[0] = (x < 8) == (y < 6) ? 255 : 0;
            p[1] = x >= 8 ? 255 : 0;
            p[2] = y >= 6 ? 255 : 0;
        }
    }
    return picture;
}

TEST(Png, ComesBackAsItWas) {
    const auto decoded = decode_picture(*encode_png(quarters()));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->picture, quarters());
}

TEST(Jpeg, ComesBackNearly) {
    const auto decoded = decode_picture(*encode_jpeg(quarters(), 100));
    ASSERT_TRUE(decoded);
    for (std::size_t i = 0; i < quarters().pixels().size(); ++i)
        EXPECT_NEAR(decoded->picture.pixels()[i], quarters().pixels()[i], 40);
}

TEST(AnyPicture, CutOffAnywhereIsAnErrorNeverACrash) {
    for (const Bytes& whole : {*encode_png(quarters()), *encode_jpeg(quarters(), 90)}) {
        for (std::size_t size = 0; size + 2 < whole.size(); size += 7) {
            const auto decoded = decode_picture(ByteView(whole).first(size));
            EXPECT_FALSE(decoded) << size << " of " << whole.size();
        }
    }
}

// A PNG head that claims 60000 x 60000 pixels: refused before memory is asked for.
TEST(Limits, BombsAreRefusedByTheirHead) {
    Bytes bomb = *encode_png(quarters());
    const Bytes size{0, 0, 0xea, 0x60};
    std::ranges::copy(size, bomb.begin() + 16);
    std::ranges::copy(size, bomb.begin() + 20);
    EXPECT_FALSE(decode_picture(bomb));
    const auto large = decode_picture(*encode_jpeg(Picture({400, 300})), {.max_pixels = 1000});
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().fault, Fault::BadInput);
    EXPECT_NE(large.error().message.find("400 x 300"), std::string::npos);
}

TEST(Exif, TurnsPicturesUpright) {
    Picture picture({2, 1});
    picture.row(0)[0] = 10;
    picture.row(0)[3] = 20;
    const auto first = [&](Orientation o) { return upright(picture, o); };
    EXPECT_EQ(first(Orientation::MirroredAcross).row(0)[0], 20);
    EXPECT_EQ(first(Orientation::UpsideDown).row(0)[0], 20);
    const Picture left = first(Orientation::TurnLeft);  // stored on its left side: turn right to see it
    EXPECT_EQ(left.size(), (Size{1, 2}));
    EXPECT_EQ(left.row(0)[0], 10);
    EXPECT_EQ(first(Orientation::TurnRight).row(0)[0], 20);
}

TEST(Exif, ReadsBothByteOrdersAndSurvivesDamage) {
    const Bytes big{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0};
    EXPECT_EQ(orientation_of(big), Orientation::TurnLeft);
    for (std::size_t size = 0; size < 20; ++size) EXPECT_FALSE(orientation_of(ByteView(big).first(size)));
    Bytes far = big;
    far[4] = 0xff;
    EXPECT_FALSE(orientation_of(far));
}

TEST(OtherFiles, AreNamed) {
    EXPECT_NE(decode_picture({}).error().message.find("empty"), std::string::npos);
    EXPECT_EQ(decode_picture(as_bytes("GIF89a....")).error().fault, Fault::Unsupported);
    EXPECT_EQ(decode_picture(as_bytes("hello")).error().fault, Fault::BadInput);
}

// The odd pictures kept for the fuzzer: what they are is known.
TEST(OddPictures, AreReducedWithANote) {
    const fs::path folder = fs::path(MIEN_SOURCE_DIR) / "tests/fuzz/corpus/picture";
    const auto notes = [&](const char* name) {
        std::ifstream in(folder / name, std::ios::binary);
        const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
        const auto decoded = decode_picture(bytes);
        return decoded ? decoded->notes : std::vector<std::string>{decoded.error().message};
    };
    EXPECT_EQ(notes("cmyk.jpg"), std::vector<std::string>{"CMYK converted to RGB without a colour profile"});
    EXPECT_EQ(notes("grey16.png"), (std::vector<std::string>{"16 bits a channel reduced to 8", "grey picture"}));
    EXPECT_EQ(notes("rgba.png"), std::vector<std::string>{"transparency laid on white"});
    EXPECT_EQ(notes("palette.png"), std::vector<std::string>{});
    EXPECT_EQ(notes("animated.webp").back(), "the first frame of an animation");
}

TEST(ListPictures, SearchesFoldersInNaturalOrder) {
    const fs::path folder = fs::temp_directory_path() / ("mien-list-" + std::to_string(::getpid()));
    fs::create_directories(folder / "in");
    for (const char* name : {"face10.jpg", "face9.JPG", "in/a.png", "notes.txt"}) std::ofstream(folder / name) << "x";
    const std::vector<std::string> inputs{folder.string()};
    const auto files = list_pictures(inputs);
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 3u);
    EXPECT_EQ((*files)[0].filename(), "face9.JPG");
    EXPECT_FALSE(list_pictures(std::vector<std::string>{(folder / "*.gif").string()}));
    fs::remove_all(folder);
}

}  // namespace
}  // namespace mien::media
