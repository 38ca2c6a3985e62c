#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "body/attributes/attributes.h"
#include "body/detect/detector.h"
#include "body/pose/pose.h"
#include "body/reid/embedder.h"
#include "body/reid/ranking.h"
#include "inference/replay_model.h"

namespace mien::body {
namespace {

using inference::Port;
using inference::ReplayModel;
using inference::Tensor;

Picture filled(Size size, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
    Picture picture(size);
    for (std::size_t i = 0; i < picture.pixels().size(); i += 3) {
        picture.pixels()[i] = red;
        picture.pixels()[i + 1] = green;
        picture.pixels()[i + 2] = blue;
    }
    return picture;
}

void paint(Picture& picture, int left, int top, int right, int bottom, std::uint8_t value) {
    for (int y = top; y < bottom; ++y)
        for (int x = left * 3; x < right * 3; ++x) picture.row(y)[x] = value;
}

// An SSD of 100 x 100 that sees one person in the bounds of all white pixels, if there are any.
std::shared_ptr<const inference::Model> white_ssd() {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"data", {1, 3, 100, 100}}}, std::vector<Port>{{"boxes", {1, 1, 200, 7}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            float left = 100;
            float top = 100;
            float right = 0;
            float bottom = 0;
            for (std::size_t i = 0; i < 100 * 100; ++i) {
                if (inputs[0].values[i] < 200) continue;
                const auto x = static_cast<float>(i % 100);
                const auto y = static_cast<float>(i / 100);
                left = std::min(left, x);
                right = std::max(right, x + 1);
                top = std::min(top, y);
                bottom = std::max(bottom, y + 1);
            }
            std::vector<float> list{0, 1, 0.9f, left / 100, top / 100, right / 100, bottom / 100, -1, 0, 0, 0, 0, 0, 0};
            if (right <= left) list[0] = -1;
            return std::vector<Tensor>{{{1, 1, 2, 7}, list}};
        });
}

TEST(BodyDetector, FindsALargePersonInTheWholeAndASmallOneInATile) {
    const auto detector = BodyDetector::make(white_ssd());
    ASSERT_TRUE(detector);
    Picture picture = filled({400, 400}, 0, 0, 0);
    paint(picture, 210, 205, 230, 255, 255);
    const auto found = detector->find(picture, {.min_score = 0.5f, .min_height = 40, .max_tiles = 100});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u);
    EXPECT_NEAR(found->front().box.x, 210, 5);
    EXPECT_NEAR(found->front().box.y, 205, 5);
    EXPECT_NEAR(found->front().box.height, 50, 8);
    const auto none = detector->find(picture, {.min_score = 0.5f, .min_height = 70, .max_tiles = 0});
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
    EXPECT_EQ(detector->find(picture, {.min_score = 2.0f}).error().fault, Fault::BadInput);
}

TEST(BodyCodec, NanoDetBoxesAreMeansOfTheirDistributions) {
    const DetectorNet net{Codec::NanoDet, {416, 416}};
    std::vector<Tensor> outputs;
    for (const std::size_t cells : {2704u, 676u, 169u}) {
        outputs.push_back({{1, cells, 80}, std::vector<float>(cells * 80)});
        outputs.push_back({{1, cells, 44}, std::vector<float>(cells * 44)});
    }
    // At stride 16, column 3, row 2: middle (56, 40); left and right 1.5 strides, top and bottom exactly 2.
    const std::size_t cell = 2 * 26 + 3;
    outputs[2].values[cell * 80] = 0.8f;
    outputs[2].values[(cell + 1) * 80 + 5] = 0.9f;  // another class
    float* sides = outputs[3].values.data() + cell * 44;
    for (const std::size_t side : {0u, 2u}) sides[side * 11 + 1] = sides[side * 11 + 2] = 50;
    for (const std::size_t side : {1u, 3u}) sides[side * 11 + 2] = 50;
    const auto found = regions_of(net, outputs, 0.5f);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u);
    const Box& box = found->front().box;
    EXPECT_NEAR(box.x, 56 - 24, 1e-3);
    EXPECT_NEAR(box.y, 40 - 32, 1e-3);
    EXPECT_NEAR(box.width, 48, 1e-3);
    EXPECT_NEAR(box.height, 64, 1e-3);
    outputs.pop_back();
    EXPECT_EQ(regions_of(net, outputs, 0.5f).error().fault, Fault::Corrupt);
}

TEST(BodyCodec, SuppressionKeepsTheBest) {
    const auto kept =
        keep_best({{{0, 0, 10, 20}, 0.6f}, {{1, 0, 10, 20}, 0.9f}, {{30, 0, 10, 20}, 0.5f}}, {.overlap = 0.5f});
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_FLOAT_EQ(kept[0].score, 0.9f);
    EXPECT_FLOAT_EQ(kept[1].box.x, 30);
}

TEST(BodyCodec, ANestedBoxIsTheSamePersonAndANeighbourIsNot) {
    const BodyRegion whole{{100, 100, 100, 300}, 0.8f};
    const BodyRegion upper_half{{110, 102, 80, 120}, 0.6f};    // overlaps by a third only
    const BodyRegion neighbour{{170, 120, 100, 280}, 0.5f};    // shares less than a third of either
    const BodyRegion half_behind{{150, 100, 100, 180}, 0.5f};  // by half within the first
    EXPECT_EQ(keep_best({whole, upper_half}, {}).size(), 1u);
    EXPECT_EQ(keep_best({whole, upper_half}, {.inside = 1}).size(), 2u);
    EXPECT_EQ(keep_best({whole, neighbour}, {}).size(), 2u);
    EXPECT_EQ(keep_best({whole, half_behind}, {}).size(), 2u);
    EXPECT_FLOAT_EQ(keep_best({upper_half, whole}, {})[0].score, 0.8f);
}

TEST(PoseFinder, PointsAreMappedBackToThePicture) {
    const auto model = std::make_shared<ReplayModel>(std::vector<Port>{{"input", {1, 192, 192, 3}}},
                                                     std::vector<Port>{{"points", {1, 1, 17, 3}}},
                                                     [](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
                                                         std::vector<float> points(51, 0.5f);
                                                         points[0] = 0.25f;  // the nose: y, x
                                                         points[1] = 0.75f;
                                                         return std::vector<Tensor>{{{1, 1, 17, 3}, points}};
                                                     });
    const auto finder = PoseFinder::make(model);
    ASSERT_TRUE(finder);
    const auto pose = finder->find(filled({300, 300}, 9, 9, 9), {100, 50, 60, 200});
    ASSERT_TRUE(pose);
    // The square has a side of 240 around (130, 150).
    EXPECT_NEAR((*pose)[BodyPoint::LeftHip].at.x, 129.5, 0.01);
    EXPECT_NEAR((*pose)[BodyPoint::LeftHip].at.y, 149.5, 0.01);
    EXPECT_NEAR((*pose)[BodyPoint::Nose].at.x, 129.5 + 60, 0.01);
    EXPECT_NEAR((*pose)[BodyPoint::Nose].at.y, 149.5 - 60, 0.01);
    EXPECT_EQ(finder->find(filled({9, 9}, 0, 0, 0), {0, 0, 0, 5}).error().fault, Fault::BadInput);
}

TEST(Stripes, LikenAlikeClothesAndTellOthersApart) {
    const BodyEmbedder embedder = BodyEmbedder::stripes();
    const auto dressed = [](std::uint8_t red, std::uint8_t blue, int side) {
        Picture picture = filled({side, side * 2}, red, 20, blue);
        paint(picture, 0, side, side, side * 2, 40);
        return picture;
    };
    const auto look = [&](const Picture& p) {
        return embedder.embed(p, {0, 0, static_cast<float>(p.width()), static_cast<float>(p.height())});
    };
    const auto red = look(dressed(200, 20, 60));
    const auto red_again = look(dressed(190, 24, 80));
    const auto blue = look(dressed(20, 200, 60));
    ASSERT_TRUE(red && red_again && blue);
    EXPECT_NEAR(std::inner_product(red->values.begin(), red->values.end(), red->values.begin(), 0.0f), 1, 1e-4);
    const std::vector<Template> gallery{*blue, *red_again};
    const auto d = distances(std::span(&*red, 1), gallery);
    ASSERT_TRUE(d);
    EXPECT_EQ(ranking(*d, 0).front(), 1u);
    EXPECT_LT(d->at(0, 1) + 0.05f, d->at(0, 0));
    EXPECT_EQ(embedder.embed(dressed(1, 2, 60), {500, 0, 10, 10}).error().fault, Fault::BadInput);
}

Template at_angle(double degrees) {
    const double radians = degrees / 180 * 3.14159265358979;
    return {{"test", "1", ""}, {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))}};
}

// Looks of 0.9, 0.1, 0.9, …; the upper colour a quarter down, the lower one three quarters, both in the middle. The
// outputs come in another order than in the file.
std::shared_ptr<const inference::Model> dresser() {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"0", {1, 3, 160, 80}}},
        std::vector<Port>{{"459", {1, 2, 1, 1}}, {"453", {1, 8, 1, 1}}, {"456", {1, 2, 1, 1}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            EXPECT_NEAR(inputs[0].values[0], 30, 1);  // blue first
            return std::vector<Tensor>{{{1, 2, 1, 1}, {0.5f, 0.75f}},
                                       {{1, 8, 1, 1}, {0.9f, 0.1f, 0.9f, 0.1f, 0.9f, 0.1f, 0.9f, 0.1f}},
                                       {{1, 2, 1, 1}, {0.5f, 0.25f}}};
        });
}

TEST(AttributeReader, ReadsLooksAndColoursInTheirPlaces) {
    const auto reader = AttributeReader::make(dresser());
    ASSERT_TRUE(reader) << reader.error().message;
    Picture picture = filled({200, 400}, 10, 20, 30);
    paint(picture, 60, 200, 140, 360, 200);  // grey trousers
    const auto read = reader->read(picture, {60, 40, 80, 320});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_FLOAT_EQ((*read)[Look::Male], 0.9f);
    EXPECT_FLOAT_EQ((*read)[Look::Hat], 0.1f);
    EXPECT_FLOAT_EQ((*read)[Look::LongHair], 0.9f);
    EXPECT_NEAR(read->upper.at.x, 99.5, 1e-3);
    EXPECT_NEAR(read->upper.at.y, 119.5, 1e-3);
    EXPECT_NEAR(read->lower.at.y, 279.5, 1e-3);
    EXPECT_EQ(read->upper.rgb, (std::array<std::uint8_t, 3>{10, 20, 30}));
    EXPECT_EQ(read->lower.rgb, (std::array<std::uint8_t, 3>{200, 200, 200}));
    EXPECT_EQ(attribute_of(Look::Backpack), Attribute::Backpack);
    EXPECT_EQ(reader->read(picture, {500, 0, 10, 10}).error().fault, Fault::BadInput);
    EXPECT_EQ(AttributeReader::make(white_ssd()).error().fault, Fault::Unsupported);
}

TEST(Ranking, LambdaOneKeepsTheFirstDistanceAndZeroTheNeighbourhoods) {
    const std::vector<Template> queries{at_angle(0)};
    const std::vector<Template> gallery{at_angle(3), at_angle(6), at_angle(80), at_angle(84)};
    const auto first = rerank(queries, gallery, {.k1 = 2, .k2 = 1, .lambda = 1});
    ASSERT_TRUE(first);
    const double most = 1 - std::cos(84 / 180.0 * 3.14159265358979);
    EXPECT_NEAR(first->at(0, 0), (1 - std::cos(3 / 180.0 * 3.14159265358979)) / most, 1e-4);
    EXPECT_NEAR(first->at(0, 3), 1, 1e-4);
    const auto jaccard = rerank(queries, gallery, {.k1 = 2, .k2 = 1, .lambda = 0});
    ASSERT_TRUE(jaccard);
    EXPECT_LT(jaccard->at(0, 0), 0.1f);
    EXPECT_NEAR(jaccard->at(0, 3), 1, 1e-4);  // no common neighbour
    EXPECT_EQ(rerank(queries, gallery, {.lambda = 2}).error().fault, Fault::BadInput);
}

TEST(Ranking, FusedTracksAndPriors) {
    const std::vector<Template> track{at_angle(0), at_angle(20)};
    const auto mean = fuse(track);
    ASSERT_TRUE(mean);
    EXPECT_NEAR(mean->values[1], std::sin(10 / 180.0 * 3.14159265358979), 1e-5);
    EXPECT_EQ(fuse({}).error().fault, Fault::BadInput);
    using S = std::chrono::duration<float>;
    const Passage passage{S(10), S(60), S(5)};
    EXPECT_FLOAT_EQ(plausibility(S(30), passage), 1);
    EXPECT_NEAR(plausibility(S(65), passage), std::exp(-1.0), 1e-5);
    EXPECT_NEAR(plausibility(S(0), passage), std::exp(-2.0), 1e-5);
    EXPECT_FLOAT_EQ(with_prior(0.2f, 1), 0.2f);
    EXPECT_FLOAT_EQ(with_prior(0.2f, 0, 0.5f), 0.7f);
}

}  // namespace
}  // namespace mien::body
