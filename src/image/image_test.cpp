#include <gtest/gtest.h>

#include <cmath>

#include "image/degrade.h"
#include "image/draw.h"
#include "image/resize.h"
#include "image/warp.h"

namespace mien::image {
namespace {

Picture gradient(Size size) {
    Picture picture(size);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            picture.row(y)[x * 3] = static_cast<std::uint8_t>(x * 255 / size.width);
            picture.row(y)[x * 3 + 1] = static_cast<std::uint8_t>(y * 255 / size.height);
            picture.row(y)[x * 3 + 2] = 77;
        }
    }
    return picture;
}

TEST(Resize, KeepsFlatAreasExactly) {
    const Picture small = resize(gradient({641, 479}), {100, 33});
    for (int y = 0; y < 33; ++y) {
        for (int x = 0; x < 100; ++x) ASSERT_EQ(small.row(y)[x * 3 + 2], 77);
    }
}

TEST(Resize, KeepsPlaces) {
    for (const Size size : {Size{50, 40}, Size{333, 200}, Size{7, 9}, Size{900, 700}}) {
        const Picture result = resize(gradient({400, 300}), size);
        const int x = size.width / 2;
        const int y = size.height / 2;
        EXPECT_NEAR(result.row(y)[x * 3], (x + 0.5) * 255 / size.width, 2.0);
        EXPECT_NEAR(result.row(y)[x * 3 + 1], (y + 0.5) * 255 / size.height, 2.0);
    }
}

TEST(Resize, ReducesToTheMeanOfEachBlock) {
    const Picture from = gradient({60, 45});
    for (const int factor : {2, 3, 4, 5}) {
        const Picture to = reduce(from, factor);
        const int x = to.width() - 1;
        const int y = to.height() - 1;
        for (int c = 0; c < 3; ++c) {
            int sum = 0;
            for (int row = 0; row < factor; ++row)
                for (int column = 0; column < factor; ++column)
                    sum += from.row(y * factor + row)[(x * factor + column) * 3 + c];
            EXPECT_EQ(to.row(y)[x * 3 + c], (sum + factor * factor / 2) / (factor * factor)) << factor;
        }
    }
}

TEST(Resize, OnePixel) {
    EXPECT_EQ(resize(gradient({1, 1}), {5, 5}).row(4)[2], 77);
    EXPECT_EQ(resize(gradient({300, 2}), {1, 1}).row(0)[2], 77);
    EXPECT_EQ(reduce(gradient({3, 300}), 8).size(), (Size{1, 37}));
}

TEST(Warp, IdentityAndInverse) {
    const Affine map{{0.9f, -0.3f, 12, 0.3f, 0.9f, -4}};
    const Affine back = compose(inverse(map), map);
    const Point p = back({31, 17});
    EXPECT_NEAR(p.x, 31, 1e-4);
    EXPECT_NEAR(p.y, 17, 1e-4);
}

TEST(Warp, StrongReductionKeepsPlaces) {
    const Picture from = gradient({1000, 800});
    const Picture to = warp(from, {{9.5f, 0, 20, 0, 9.5f, 30}}, {60, 50});
    EXPECT_NEAR(to.row(25)[30 * 3], (20 + 30 * 9.5) * 255 / 1000, 2.0);
    EXPECT_NEAR(to.row(25)[30 * 3 + 1], (30 + 25 * 9.5) * 255 / 800, 2.0);
}

TEST(Warp, OutsideIsBlack) {
    const Picture to = warp(gradient({10, 10}), {{1, 0, -50, 0, 1, -50}}, {20, 20});
    EXPECT_EQ(to.row(5)[2], 0);
}

TEST(Warp, FitsASimilarity) {
    const std::array from{Point{0, 0}, Point{10, 0}, Point{4, 7}};
    const Affine truth{{1.5f, -0.5f, 3, 0.5f, 1.5f, -8}};
    const std::array to{truth(from[0]), truth(from[1]), truth(from[2])};
    const Affine found = fit_similarity(from, to);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(found.m[i], truth.m[i], 1e-4);
}

TEST(Turned, MovesEveryPixelAndKnowsWhereFrom) {
    const Picture picture = gradient({20, 10});
    for (const QuarterTurn turn :
         {QuarterTurn::None, QuarterTurn::Clockwise, QuarterTurn::Half, QuarterTurn::Anticlockwise}) {
        const Turned made = turned(picture, turn);
        for (int y = 0; y < made.picture.height(); ++y) {
            for (int x = 0; x < made.picture.width(); ++x) {
                const Point from = made.to_source({static_cast<float>(x), static_cast<float>(y)});
                ASSERT_EQ(made.picture.row(y)[x * 3],
                          picture.row(static_cast<int>(from.y))[static_cast<int>(from.x) * 3]);
            }
        }
    }
    const Turned clockwise = turned(picture, QuarterTurn::Clockwise);
    EXPECT_EQ(clockwise.picture.size(), (Size{10, 20}));
    EXPECT_EQ(clockwise.to_source({0, 0}), (Point{0, 9}));  // the lower left corner comes to the upper left
}

TEST(Cut, StaysInside) {
    const Part part = cut(gradient({20, 10}), {-5, 3, 100, 100});
    EXPECT_EQ(part.picture.size(), (Size{20, 7}));
    EXPECT_EQ(cut(gradient({20, 10}), {90, 90, 5, 5}).picture.size(), (Size{1, 1}));
}

TEST(Degrade, blur_keeps_the_mean_and_lowers_contrast) {
    Picture stripes({40, 20});
    for (int y = 0; y < 20; ++y)
        for (int x = 0; x < 40; ++x) std::fill_n(stripes.row(y) + x * 3, 3, x / 2 % 2 == 0 ? 200 : 50);
    const Picture soft = blur(stripes, 2);
    EXPECT_NEAR(soft.row(10)[20 * 3], 125, 12);
    EXPECT_EQ(blur(stripes, 0), stripes);
}

TEST(Degrade, noise_has_its_deviation_and_its_seed) {
    Picture grey({100, 100});
    std::ranges::fill(grey.pixels(), std::uint8_t{128});
    const Picture noisy = add_noise(grey, 10, 1);
    double squares = 0;
    for (const std::uint8_t v : noisy.pixels()) squares += (v - 128.0) * (v - 128.0);
    EXPECT_NEAR(std::sqrt(squares / 30000), 10, 0.3);
    EXPECT_EQ(noisy, add_noise(grey, 10, 1));
    EXPECT_NE(noisy, add_noise(grey, 10, 2));
}

TEST(Degrade, darkness_is_less_light_not_less_value) {
    Picture white({2, 2});
    std::ranges::fill(white.pixels(), std::uint8_t{255});
    EXPECT_NEAR(darken(white, 0.2140f).pixels()[0], 128, 1);  // 21.4 % of the light is half the sRGB value
    EXPECT_EQ(darken(white, 1), white);
}

TEST(Degrade, covers_a_polygon_and_nothing_else) {
    const Picture covered = cover(gradient({20, 20}), {{4, 4}, {15, 4}, {15, 9}, {4, 9}}, 77);
    EXPECT_EQ(covered.row(6)[10 * 3 + 2], 77);
    EXPECT_EQ(covered.row(12)[10 * 3], gradient({20, 20}).row(12)[10 * 3]);
    EXPECT_EQ(covered.row(6)[16 * 3], gradient({20, 20}).row(6)[16 * 3]);
}

// Letters once came out in the sizes of an earlier drawing.
TEST(Draw, DoesNotDependOnWhatWasDrawnBefore) {
    const Picture paper({240, 120});
    const std::vector<Mark> marks{{.box = {20, 40, 100, 60}, .label = "1 · 0.9694"}};
    const Picture first = draw(paper, marks);
    draw(Picture({1200, 900}), {{.box = {20, 40, 900, 600}, .label = "1 · 0.9694"}});
    EXPECT_EQ(draw(paper, marks), first);
}

TEST(Draw, StrokesAndHeatAreSeen) {
    const Picture paper({64, 64});
    const Picture with_line = draw(paper, {}, {{.points = {{10, 32}, {54, 32}}, .end = Stroke::End::Arrow}});
    EXPECT_GT(with_line.row(32)[30 * 3], 100);
    EXPECT_EQ(with_line.row(5)[30 * 3], 0);
    EXPECT_EQ(draw_heat(paper, {0, 0, 0, 0}, {2, 2}), paper);
    const Picture hot = draw_heat(paper, {0, 0, 0, 9}, {2, 2});
    EXPECT_GT(hot.row(60)[60 * 3], 100);  // red where people stood
    EXPECT_EQ(hot.row(2)[2 * 3], 0);
}

// Plates are told from the picture by their colour: two at one place would cover as much as one.
TEST(Draw, LabelsOfBoxesAtOnePlaceDoNotCoverEachOther) {
    const Picture black({400, 400});
    const auto covered = [&](const std::vector<Mark>& marks) {
        const Picture drawn = draw(black, marks);
        std::size_t red = 0;
        for (std::size_t i = 0; i < drawn.pixels().size(); i += 3) red += drawn.pixels()[i] > 150;
        return static_cast<double>(red);
    };
    const Mark one{{100, 100, 120, 200}, {}, "MMMMMM", {1, 0, 0}};
    Mark frame_only = one;
    frame_only.label.clear();
    const double frame = covered({frame_only});
    const double plate = covered({one}) - frame;
    ASSERT_GT(plate, 500);
    EXPECT_GT(covered({one, one}) - frame, 1.7 * plate);
    EXPECT_GT(covered({one, one, one}) - frame, 2.5 * plate);
}

}  // namespace
}  // namespace mien::image
