#include "eval/coverings.h"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/covering_figures.h"

namespace mien::eval {
namespace {

constexpr std::uint8_t grey = 130;

// Eyes 80 pixels apart about (150, 120); every other point on an oval.
FaceMesh level_mesh() {
    FaceMesh mesh{std::vector<Point3>(FaceMesh::size), 1};
    for (std::size_t i = 0; i < mesh.points.size(); ++i) {
        const auto turn = static_cast<float>(i);
        mesh.points[i] = {150 + 75 * std::cos(turn), 160 + 90 * std::sin(turn), 0};
    }
    const auto put = [&](std::size_t i, float x, float y) { mesh.points[i] = {x, y, 0}; };
    put(33, 92, 120), put(133, 128, 120), put(362, 172, 120), put(263, 208, 120);
    put(6, 150, 125), put(195, 150, 145), put(4, 150, 165), put(152, 150, 265);
    put(118, 110, 150), put(347, 190, 150), put(50, 105, 165), put(280, 195, 165);
    constexpr std::array<std::size_t, 19> jaw{323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
                                              148, 176, 149, 150, 136, 172, 58,  132, 93};
    for (std::size_t i = 0; i < jaw.size(); ++i) {
        const float turn = 3.1416f * static_cast<float>(i) / 18;
        put(jaw.at(i), 150 + 80 * std::cos(turn), 165 + 100 * std::sin(turn));
    }
    return mesh;
}

Picture plain() {
    Picture picture({300, 340});
    std::ranges::fill(picture.pixels(), grey);
    return picture;
}

int changed(const Picture& picture, Point p) {
    return std::abs(picture.row(static_cast<int>(p.y))[3 * static_cast<int>(p.x)] - grey);
}

TEST(CoveringsDrawn, lie_where_they_are_worn) {
    const Point eye{110, 120};
    const Point mouth{150, 215};
    const Point crown{150, 30};
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const auto drawn = [&](Covering covering) { return covered(plain(), level_mesh(), covering, seed); };
        const Picture glasses = drawn(Covering::DarkGlasses);
        EXPECT_GT(changed(glasses, {100, 125}) + changed(glasses, {118, 116}), 20) << seed;
        EXPECT_EQ(changed(glasses, mouth), 0) << seed;
        const Picture mask = drawn(Covering::Mask);
        EXPECT_NE(mask, plain()) << seed;
        EXPECT_EQ(changed(mask, eye), 0) << seed;
        const Picture cap = drawn(Covering::Cap);
        EXPECT_EQ(changed(cap, eye), 0) << seed;
        EXPECT_EQ(changed(cap, mouth), 0) << seed;
        EXPECT_NE(cap.row(static_cast<int>(crown.y))[3 * 150], 0) << seed;
        EXPECT_EQ(mask, drawn(Covering::Mask)) << "same seed, same mask";
    }
    EXPECT_NE(covered(plain(), level_mesh(), Covering::Mask, 1), covered(plain(), level_mesh(), Covering::Mask, 2));
}

TEST(CoveringLabels, are_read_and_unsure_ones_have_no_answer) {
    const auto labels =
        read_covering_labels(as_bytes("picture,glasses,head,mouth,part\na.jpg,dark,bare,free,x\nb.jpg,clear,covered,"
                                      "unsure,y\nc.jpg,unsure,bare,covered,x\n"));
    ASSERT_TRUE(labels) << labels.error().message;
    ASSERT_EQ(labels->size(), 3u);
    EXPECT_EQ((*labels)[0].glasses, true);
    EXPECT_EQ((*labels)[0].dark, true);
    EXPECT_EQ((*labels)[1].glasses, true);
    EXPECT_EQ((*labels)[1].dark, false);
    EXPECT_EQ((*labels)[1].headwear, true);
    EXPECT_EQ((*labels)[1].mouth, std::nullopt);
    EXPECT_EQ((*labels)[2].glasses, std::nullopt);
    EXPECT_EQ((*labels)[2].mouth, true);
    EXPECT_EQ((*labels)[2].part, "x");
}

TEST(CoveringLabels, faults_have_their_line) {
    const auto fault = [](const char* csv) { return read_covering_labels(as_bytes(csv)).error().message; };
    EXPECT_NE(fault("picture,glasses\n").find("line 1"), std::string::npos);
    EXPECT_NE(fault("picture,glasses,head,mouth,part\na.jpg,green,bare,free,x\n").find("line 2: 'green'"),
              std::string::npos);
    EXPECT_NE(fault("picture,glasses,head,mouth,part\na.jpg,none,bare,free,x\nb.jpg,none\n").find("line 3"),
              std::string::npos);
    EXPECT_NE(fault("picture,glasses,head,mouth,part\n").find("no label"), std::string::npos);
}

}  // namespace
}  // namespace mien::eval
