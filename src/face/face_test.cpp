#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "face/align/align.h"
#include "face/align/pose.h"
#include "face/align/shape.h"
#include "face/detect/detector.h"
#include "face/template/embedder.h"
#include "face/template/faceres.h"
#include "inference/replay_model.h"

namespace mien::face {
namespace {

using inference::Port;
using inference::ReplayModel;
using inference::Tensor;

// The mean head turned by yaw and pitch and seen from the front, as five landmarks around (100, 100).
Landmarks5 seen(double yaw, double pitch, double roll) {
    constexpr std::array<std::array<double, 3>, 5> head{{{-3.151, 2.625, 3.466},
                                                         {3.151, 2.625, 3.466},
                                                         {0, -1.34, 7.587},
                                                         {-2.456, -4.343, 4.284},
                                                         {2.456, -4.343, 4.284}}};
    const double y = yaw * std::numbers::pi / 180;
    const double p = pitch * std::numbers::pi / 180;
    const double r = roll * std::numbers::pi / 180;
    std::array<Point, 5> points{};
    for (std::size_t i = 0; i < 5; ++i) {
        const auto& [hx, hy, hz] = head.at(i);
        const double py = hy * std::cos(p) + hz * std::sin(p);
        const double pz = hz * std::cos(p) - hy * std::sin(p);
        const double px = hx * std::cos(y) + pz * std::sin(y);
        const double rx = px * std::cos(r) + py * std::sin(r);
        const double ry = py * std::cos(r) - px * std::sin(r);
        points.at(i) = {static_cast<float>(100 + 8 * rx), static_cast<float>(100 - 8 * ry)};
    }
    return {points[0], points[1], points[2], points[3], points[4]};
}

TEST(Pose, RecoversTurns) {
    for (const auto& [yaw, pitch, roll] :
         {std::array{0.0, 0.0, 0.0}, {25.0, 0.0, 0.0}, {-30.0, 0.0, 10.0}, {0.0, 20.0, -15.0}}) {
        const Pose pose = pose_of(seen(yaw, pitch, roll));
        EXPECT_NEAR(pose.yaw.value, yaw, 1.0);
        EXPECT_NEAR(pose.pitch.value, pitch, 1.0);
        EXPECT_NEAR(pose.roll.value, roll, 1.0);
    }
}

// A predictor that always answers its mean shape: dlib's own order, right eye first.
std::shared_ptr<inference::ShapePredictor> fixed_shape() {
    auto predictor = std::make_shared<inference::ShapePredictor>();
    predictor->mean = {0.86f, 0.21f, 0.65f, 0.23f, 0.12f, 0.21f, 0.33f, 0.23f, 0.49f, 0.63f};
    return predictor;
}

TEST(Align, PutsLandmarksInPlace) {
    const auto aligner = Aligner::make(fixed_shape());
    ASSERT_TRUE(aligner);
    const FaceRegion region{{0, 0, 100, 100}, 1, seen(0, 0, 0)};
    const Picture picture({200, 200});
    const Crop crop = Aligner::cut(picture, aligner->find(picture, region));
    EXPECT_EQ(crop.picture.size(), (Size{150, 150}));
    const Box box = dlib_box(region.landmarks);
    const Point nose = crop.to_frame({(0.25f + 0.49f) / 1.5f * 150, (0.25f + 0.628f) / 1.5f * 150});
    EXPECT_NEAR(nose.x, box.x + 0.49f * (box.width - 1), 0.5);
    EXPECT_NEAR(nose.y, box.y + 0.63f * (box.height - 1), 0.5);
}

TEST(Align, RefusesAPredictorOfOtherLandmarks) {
    auto predictor = fixed_shape();
    predictor->mean.resize(8);
    EXPECT_FALSE(Aligner::make(predictor));
}

TEST(Shape, FollowsItsTrees) {
    // One stage, one tree of one split: the first sampled pixel is brighter than the second, so the left leaf moves all
    // by +0.1.
    auto predictor = fixed_shape();
    inference::ShapeTree tree{{{0, 1, 50}}, std::vector<float>(20)};
    std::fill_n(tree.leaves.begin(), 10, 0.1f);
    predictor->stages.push_back({{tree}, {4, 4}, {0, 0, 0.2f, 0}});
    Picture picture({200, 200});
    const Box box{50, 50, 101, 101};
    picture.row(113)[99 * 3] = picture.row(113)[99 * 3 + 1] = picture.row(113)[99 * 3 + 2] =
        200;  // where the nose lies
    EXPECT_NEAR(find_shape(*predictor, picture, box)[4].x, 50 + 59, 0.01);
    EXPECT_NEAR(find_shape(*predictor, Picture({200, 200}), box)[4].x, 50 + 49, 0.01);
}

// A CenterFace whose maps hold one face: 40 x 48 pixels with its centre at canvas (82, 62).
std::shared_ptr<const inference::Model> one_face(float width_logarithm = std::log(10.0f)) {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"input", {1, 3, 0, 0}}},
        std::vector<Port>{
            {"heat", {1, 1, 0, 0}}, {"size", {1, 2, 0, 0}}, {"offset", {1, 2, 0, 0}}, {"marks", {1, 10, 0, 0}}},
        [width_logarithm](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            const std::size_t h = inputs[0].shape[2] / 4;
            const std::size_t w = inputs[0].shape[3] / 4;
            const auto map = [&](std::size_t channels) {
                return Tensor{{1, channels, h, w}, std::vector<float>(channels * h * w)};
            };
            std::vector<Tensor> maps{map(1), map(2), map(2), map(10)};
            const std::size_t cell = 15 * w + 20;
            maps[0].values[cell] = 0.9f;
            maps[1].values[cell] = std::log(12.0f);
            maps[1].values[h * w + cell] = width_logarithm;
            for (std::size_t i = 0; i < 10; ++i) maps[3].values[i * h * w + cell] = 0.1f * static_cast<float>(i);
            return maps;
        });
}

TEST(Detector, ReadsTheMaps) {
    const auto detector = Detector::make(one_face());
    ASSERT_TRUE(detector);
    const auto found = detector->find(Picture({200, 150}), {.min_score = 0.5f, .min_face_pixels = 14});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u);
    const FaceRegion& face = found->front();
    EXPECT_NEAR(face.box.x, 62, 0.01);
    EXPECT_NEAR(face.box.y, 38, 0.01);
    EXPECT_NEAR(face.box.width, 40, 0.01);
    EXPECT_NEAR(face.box.height, 48, 0.01);
    EXPECT_NEAR(face.landmarks.left_eye.x, 62 + 0.1 * 40, 0.01);
    EXPECT_NEAR(face.landmarks.left_eye.y, 38, 0.01);
}

// A network that sees a face of 40 x 40 pixels around every white pixel.
std::shared_ptr<ReplayModel> white_dot_network() {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"picture", {1, 3, 0, 0}}},
        std::vector<Port>{
            {"heat", {1, 1, 0, 0}}, {"size", {1, 2, 0, 0}}, {"offset", {1, 2, 0, 0}}, {"points", {1, 10, 0, 0}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            const std::size_t width = inputs[0].shape[3];
            const std::size_t cells = width / 4 * (inputs[0].shape[2] / 4);
            std::vector<Tensor> maps;
            for (const std::size_t channels : {1u, 2u, 2u, 10u})
                maps.push_back(
                    {{1, channels, inputs[0].shape[2] / 4, width / 4}, std::vector<float>(channels * cells)});
            for (std::size_t i = 0; i < width * inputs[0].shape[2]; ++i) {
                if (inputs[0].values[i] < 250) continue;
                const std::size_t cell = i / width / 4 * (width / 4) + i % width / 4;
                maps[0].values[cell] = 0.9f;
                maps[1].values[cell] = maps[1].values[cells + cell] = std::log(10.0f);
            }
            return maps;
        });
}

TEST(Detector, SeesEachFaceOfALargePictureOnce) {
    const auto detector = Detector::make(white_dot_network());
    ASSERT_TRUE(detector);
    Picture picture({4000, 1700});
    // In the middle of a tile, on seams between tiles, at the picture's border.
    const std::vector<Point> dots{{700, 700}, {1534, 800}, {1234, 160}, {2466, 1540}, {3998, 1698}, {3000, 900}};
    for (const Point dot : dots) {
        std::uint8_t* pixel = picture.row(static_cast<int>(dot.y)) + static_cast<int>(dot.x) * 3;
        std::fill_n(pixel, 3, std::uint8_t{255});
    }
    const auto regions = detector->find(picture, {.min_face_pixels = 14});
    ASSERT_TRUE(regions);
    ASSERT_EQ(regions->size(), dots.size());
    for (const Point dot : dots) {
        EXPECT_TRUE(std::ranges::any_of(*regions,
                                        [dot](const FaceRegion& region) {
                                            const Point centre = region.box.centre();
                                            return std::abs(centre.x - dot.x) <= 4 && std::abs(centre.y - dot.y) <= 4;
                                        }))
            << dot.x << ", " << dot.y;
    }
}

TEST(Detector, LeavesOutSmallFacesAndDamagedNumbers) {
    const auto detector = Detector::make(one_face());
    EXPECT_TRUE(detector->find(Picture({200, 150}), {.min_face_pixels = 15})->size() <= 1);
    const auto damaged = Detector::make(one_face(std::numeric_limits<float>::quiet_NaN()));
    const auto found = damaged->find(Picture({200, 150}), {.min_face_pixels = 14});
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->empty());
}

TEST(Detector, RefusesBadOptionsAndModels) {
    const auto detector = Detector::make(one_face());
    EXPECT_FALSE(detector->find(Picture({20, 20}), {.min_score = 1.5f}));
    EXPECT_FALSE(detector->find(Picture({20, 20}), {.min_face_pixels = 1}));
    EXPECT_FALSE(Detector::make(std::make_shared<ReplayModel>(std::vector<Port>{}, std::vector<Port>{}, nullptr)));
}

Crop flat_crop(std::uint8_t value) {
    Crop crop{Picture({crop_side, crop_side}), {}};
    std::ranges::fill(crop.picture.pixels(), value);
    return crop;
}

std::shared_ptr<const inference::Model> answering(std::vector<float> values) {
    return std::make_shared<ReplayModel>(std::vector<Port>{{"input", {0, 3, 150, 150}}},
                                         std::vector<Port>{{"output", {0, 2}}},
                                         [values](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
                                             return std::vector<Tensor>{{{1, values.size()}, values}};
                                         });
}

TEST(Embedder, GivesUnitVectorsAndRefusesDamagedOnes) {
    const auto embedder = Embedder::make(answering({3, 4}), {"m", "1", "p"});
    const std::vector<Crop> crops{flat_crop(1)};
    const auto made = embedder->embed(crops);
    ASSERT_TRUE(made);
    EXPECT_FLOAT_EQ(made->front().values[0], 0.6f);
    EXPECT_FALSE(Embedder::make(answering({std::nanf(""), 4}), {})->embed(crops));
    EXPECT_FALSE(Embedder::make(answering({0, 0}), {})->embed(crops));
}

TEST(Embedder, MirroredViewsAreAMakerOfTheirOwn) {
    // A network that answers with the upper left pixel's red and the upper right one's.
    const auto corners = std::make_shared<ReplayModel>(
        std::vector<Port>{{"input", {0, 3, 150, 150}}}, std::vector<Port>{{"output", {0, 2}}},
        [](std::span<const Tensor> in) -> Result<std::vector<Tensor>> {
            return std::vector<Tensor>{{{1, 2}, {in[0].values[0], in[0].values[149]}}};
        });
    Crop crop = flat_crop(0);
    crop.picture.row(0)[0] = 80;
    crop.picture.row(0)[3 * 149] = 60;
    const auto one = Embedder::make(corners, {"m", "1", "p"});
    const auto both = Embedder::make(corners, {"m", "1", "p"}, Views::Mirrored);
    const auto alone = one->embed({&crop, 1});
    const auto fused = both->embed({&crop, 1});
    ASSERT_TRUE(alone && fused);
    EXPECT_FLOAT_EQ(alone->front().values[0], 0.8f);
    EXPECT_FLOAT_EQ(fused->front().values[0], std::sqrt(0.5f));  // (0.8, 0.6) and (0.6, 0.8)
    EXPECT_FLOAT_EQ(fused->front().values[1], std::sqrt(0.5f));
    EXPECT_EQ(both->maker().preprocessing, "p-mirrored");
    EXPECT_FALSE(similarity(alone->front(), fused->front()));
}

// A network of faceres' shape: ages, the template, the gender; the template is the first pixel's values as given.
std::shared_ptr<const inference::Model> like_faceres(std::size_t values) {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"input", {1, 224, 224, 3}}},
        std::vector<Port>{{"age", {1, 100}}, {"template", {1, values}}, {"gender", {1, 1}}},
        [values](std::span<const Tensor> in) -> Result<std::vector<Tensor>> {
            std::vector<Tensor> out{
                {{1, 100}, std::vector<float>(100, 0.5f)}, {{1, values}, std::vector<float>(values)}, {{1, 1}, {0.5f}}};
            std::copy_n(in[0].values.begin(), 3, out[1].values.begin());
            return out;
        });
}

TEST(Embedder, FaceResTakesItsOwnCropAndOutput) {
    const auto embedder = Embedder::make(like_faceres(faceres_values), {"f", "1", "p"}, Views::One, Network::FaceRes);
    ASSERT_TRUE(embedder);
    EXPECT_EQ(embedder->framing().side, 224);
    Crop crop{Picture({224, 224}), {}};
    const std::array<std::uint8_t, 3> red_green_blue{200, 100, 50};
    std::ranges::copy(red_green_blue, crop.picture.row(0));
    const auto made = embedder->embed({&crop, 1});
    ASSERT_TRUE(made);
    ASSERT_EQ(made->front().values.size(), faceres_values);
    // Blue, green, red less their means, scaled to length 1.
    const std::array<float, 3> given{50 - 103.939f, 100 - 116.779f, 200 - 123.68f};
    const float length = std::hypot(given[0], given[1], given[2]);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(made->front().values[i], given.at(i) / length, 1e-6f);
    const Crop other = flat_crop(1);  // dlib's size
    EXPECT_EQ(embedder->embed({&other, 1}).error().fault, Fault::BadInput);
}

TEST(Embedder, ANetworkMustBeWhatItIsSaidToBe) {
    EXPECT_EQ(Embedder::make(like_faceres(512), {}, Views::One, Network::FaceRes).error().fault, Fault::Unsupported);
    EXPECT_EQ(Embedder::make(answering({3, 4}), {}, Views::One, Network::FaceRes).error().fault, Fault::Unsupported);
    EXPECT_EQ(Embedder::make(like_faceres(faceres_values), {}).error().fault, Fault::Unsupported);
}

TEST(Embedder, TemplatesOfDifferentNetworksAreNotCompared) {
    const Template dlib{{"dlib-face-resnet", "1", "dlib-landmarks5-150"}, {1, 0}};
    const Template faceres{{"faceres", "3.0.4", "dlib-landmarks5-224-bgr"}, {1, 0}};
    EXPECT_EQ(similarity(dlib, faceres).error().fault, Fault::BadInput);
    const std::array both{dlib, faceres};
    EXPECT_EQ(fuse(both).error().fault, Fault::BadInput);
}

TEST(Aligner, AnotherFramingShowsMoreOfTheSameFace) {
    const FaceShape shape{{40, 50}, {55, 50}, {75, 50}, {90, 50}, {65, 75}};
    const Picture picture({130, 130});
    const Crop plain = Aligner::cut(picture, shape);
    const Crop wider = Aligner::cut(picture, shape, {224, 1.4f});
    EXPECT_EQ(wider.picture.width(), 224);
    const Point middle = plain.to_frame({75, 75});
    const Point same = wider.to_frame({112, 112});
    EXPECT_NEAR(middle.x, same.x, 1e-3f);
    EXPECT_NEAR(middle.y, same.y, 1e-3f);
    const auto width = [](const Crop& crop, float side) {
        return crop.to_frame({side, 0}).x - crop.to_frame({0, 0}).x;
    };
    EXPECT_NEAR(width(wider, 224), 1.4f * width(plain, 150), 1e-2f);
}

TEST(Fuse, IsTheWeightedMean) {
    const std::vector<Template> two{{{"m", "1", "p"}, {1, 0}}, {{"m", "1", "p"}, {0, 1}}};
    EXPECT_FLOAT_EQ(fuse(two)->values[0], std::sqrt(0.5f));
    const std::vector<float> weights{3, 4};
    const auto weighted = fuse(two, weights);
    ASSERT_TRUE(weighted);
    EXPECT_FLOAT_EQ(weighted->values[0], 0.6f);
    EXPECT_FLOAT_EQ(weighted->values[1], 0.8f);
    EXPECT_EQ(weighted->maker, two[0].maker);
}

TEST(Fuse, RefusesWhatHasNoMean) {
    const Template a{{"m", "1", "p"}, {1, 0}};
    const auto fault = [](std::vector<Template> templates, std::vector<float> weights) {
        const auto fused = fuse(templates, weights);
        return fused ? Fault::Bug : fused.error().fault;
    };
    EXPECT_EQ(fault({}, {}), Fault::BadInput);
    EXPECT_EQ(fault({a, {{"m", "2", "p"}, {1, 0}}}, {}), Fault::BadInput);
    EXPECT_EQ(fault({a, a}, {1}), Fault::BadInput);
    EXPECT_EQ(fault({a, a}, {0, 0}), Fault::BadInput);
    EXPECT_EQ(fault({a, a}, {1, -1}), Fault::BadInput);
    EXPECT_EQ(fault({a, a}, {1, std::nanf("")}), Fault::BadInput);
    EXPECT_EQ(fault({a, {a.maker, {-1, 0}}}, {}), Fault::Corrupt);
}

TEST(Similarity, NeverAcrossMakers) {
    const Template a{{"m", "1", "p"}, {1, 0}};
    const Template b{{"m", "2", "p"}, {1, 0}};
    EXPECT_FALSE(similarity(a, b));
    EXPECT_FLOAT_EQ(*similarity(a, a), 1.0f);
    EXPECT_FLOAT_EQ(*similarity(a, Template{a.maker, {-1, 0}}), 0.0f);
}

}  // namespace
}  // namespace mien::face
