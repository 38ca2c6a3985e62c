#include "face/detect/detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "inference/replay_model.h"

namespace mien::face {
namespace {

using inference::Port;
using inference::ReplayModel;
using inference::Tensor;
using ModelPointer = std::shared_ptr<const inference::Model>;

// Networks of each kind that see a face of 40 x 40 pixels around every white pixel of their input, in their own
// numbers.

ModelPointer white_dot_yunet() {
    std::vector<Port> outputs;
    for (const std::size_t numbers : {1u, 1u, 4u, 10u})
        for (int level = 0; level < 3; ++level) outputs.push_back({"list", {0, 0, numbers}});
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"input", {0, 3, 0, 0}}}, outputs,
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            const std::size_t h = inputs[0].shape[2];
            const std::size_t w = inputs[0].shape[3];
            std::vector<Tensor> lists;
            for (const std::size_t numbers : {1u, 1u, 4u, 10u}) {
                for (std::size_t stride = 8; stride <= 32; stride *= 2) {
                    const std::size_t cells = (h / stride) * (w / stride);
                    lists.push_back({{1, cells, numbers}, std::vector<float>(cells * numbers)});
                }
            }
            for (std::size_t i = 0; i < w * h; ++i) {
                if (inputs[0].values[i] < 250) continue;
                const std::size_t cell = i / w / 8 * (w / 8) + i % w / 8;
                lists[0].values[cell] = 0.9f;
                lists[3].values[cell] = 0.4f;
                float* box = lists[6].values.data() + cell * 4;
                box[0] = static_cast<float>(i % w % 8) / 8;
                box[1] = static_cast<float>(i / w % 8) / 8;
                box[2] = box[3] = std::log(5.0f);
                float* points = lists[9].values.data() + cell * 10;
                points[0] = -1;  // the left eye lies one cell to the left of the cell
            }
            return lists;
        });
}

// With anchors at cells of 16 pixels (two each) and of 32 (six each).
ModelPointer white_dot_anchors() {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"input", {1, 256, 256, 3}}},
        std::vector<Port>{
            {"boxes", {1, 384, 16}}, {"scores", {1, 512, 1}}, {"scores", {1, 384, 1}}, {"boxes", {1, 512, 16}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            std::vector<Tensor> out{{{1, 384, 16}, std::vector<float>(384 * 16)},
                                    {{1, 512, 1}, std::vector<float>(512, -9.0f)},
                                    {{1, 384, 1}, std::vector<float>(384, -9.0f)},
                                    {{1, 512, 16}, std::vector<float>(512 * 16)}};
            for (std::size_t i = 0; i < 256 * 256; ++i) {
                if (inputs[0].values[i * 3] < 0.9f) continue;
                const std::size_t x = i % 256;
                const std::size_t y = i / 256;
                const std::size_t anchor = 6 * (y / 32 * 8 + x / 32) + 5;
                out[2].values[anchor] = 2;
                float* raw = out[0].values.data() + anchor * 16;
                raw[0] = static_cast<float>(x % 32) - 16;
                raw[1] = static_cast<float>(y % 32) - 16;
                raw[2] = raw[3] = 40;
                raw[4] = raw[0] - 10;  // eyes 20 pixels apart, the mouth below the middle
                raw[6] = raw[0] + 10;
                raw[5] = raw[7] = raw[1];
                raw[10] = raw[0];
                raw[11] = raw[1] + 12;
            }
            return out;
        });
}

ModelPointer white_dot_ssd() {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"data", {1, 3, 384, 672}}}, std::vector<Port>{{"found", {1, 1, 200, 7}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            Tensor list{{1, 1, 200, 7}, std::vector<float>(1400)};
            std::size_t n = 0;
            for (std::size_t i = 0; i < 672 * 384; ++i) {
                if (inputs[0].values[i] < 250) continue;
                const auto x = static_cast<float>(i % 672);
                const auto y = static_cast<float>(i / 672);
                const std::array<float, 7> row{
                    0, 1, 0.7f, (x - 20) / 672, (y - 20) / 384, (x + 20) / 672, (y + 20) / 384};
                std::ranges::copy(row, list.values.begin() + static_cast<std::ptrdiff_t>(7 * n++));
            }
            list.values[7 * n] = -1;
            list.values[7 * n + 9] = 1;  // what stands behind the end of the list is no face
            return std::vector<Tensor>{list};
        });
}

Picture with_dots(Size size, const std::vector<Point>& dots) {
    Picture picture(size);
    for (const Point dot : dots)
        std::fill_n(picture.row(static_cast<int>(dot.y)) + static_cast<int>(dot.x) * 3, 3, std::uint8_t{255});
    return picture;
}

// The size of faces at which a network's fine look takes the picture as it is: resized, single pixels would blur away.
DetectOptions unscaled(const ModelPointer& model) {
    return {.min_face_pixels = static_cast<int>(recognise(*model)->canvas.smallest)};
}

class Codecs : public testing::TestWithParam<ModelPointer (*)()> {};
INSTANTIATE_TEST_SUITE_P(All, Codecs, testing::Values(white_dot_yunet, white_dot_anchors, white_dot_ssd));

TEST_P(Codecs, PutAFaceWhereTheNetworkSeesIt) {
    const auto detector = Detector::make(GetParam()());
    ASSERT_TRUE(detector) << detector.error().message;
    const auto found = detector->find(with_dots({256, 200}, {{90, 70}}), unscaled(GetParam()()));
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1u);
    EXPECT_NEAR(found->front().box.centre().x, 90, 1);
    EXPECT_NEAR(found->front().box.centre().y, 70, 1);
    EXPECT_NEAR(found->front().box.width, 40, 0.1);
}

TEST_P(Codecs, SeeEachFaceOfALargePictureOnce) {
    const auto detector = Detector::make(GetParam()());
    const std::vector<Point> dots{{700, 700}, {1434, 800}, {1234, 160}, {466, 1140}, {1598, 1198}, {64, 900}};
    const auto found = detector->find(with_dots({1600, 1200}, dots), unscaled(GetParam()()));
    ASSERT_TRUE(found) << found.error().message;
    for (const Point dot : dots) {
        const auto near = std::ranges::count_if(*found, [dot](const FaceRegion& region) {
            return std::hypot(region.box.centre().x - dot.x, region.box.centre().y - dot.y) < 6;
        });
        EXPECT_EQ(near, 1) << dot.x << ", " << dot.y;
    }
}

TEST_P(Codecs, LeaveOutSmallFaces) {
    const auto detector = Detector::make(GetParam()());
    const auto found = detector->find(with_dots({256, 200}, {{90, 70}}), {.min_face_pixels = 60});
    ASSERT_TRUE(found);
    for (const FaceRegion& region : *found) EXPECT_GE(region.box.width, 60);
}

TEST(YuNet, MultipliesItsScoresAndCountsPointsFromTheCell) {
    const auto found =
        Detector::make(white_dot_yunet())->find(with_dots({256, 200}, {{92, 70}}), unscaled(white_dot_yunet()));
    ASSERT_EQ(found->size(), 1u);
    EXPECT_NEAR(found->front().score, 0.6, 1e-5);
    EXPECT_NEAR(found->front().landmarks.left_eye.x, 80, 0.1);
    EXPECT_TRUE(Detector::make(white_dot_yunet())
                    ->find(with_dots({256, 200}, {{92, 70}}), {.min_score = 0.7f, .min_face_pixels = 14})
                    ->empty());
}

TEST(Anchors, PutMouthCornersBesideTheMouth) {
    const auto found =
        Detector::make(white_dot_anchors())->find(with_dots({256, 256}, {{90, 70}}), {.min_face_pixels = 20});
    ASSERT_EQ(found->size(), 1u);
    const Landmarks5& l = found->front().landmarks;
    EXPECT_NEAR(found->front().score, 1 / (1 + std::exp(-2.0)), 1e-5);
    EXPECT_NEAR(l.left_eye.x, 80, 1);
    EXPECT_NEAR(l.right_mouth.x - l.left_mouth.x, 0.78 * 20, 0.1);
    EXPECT_NEAR(l.left_mouth.y, 82, 1);
}

TEST(Ssd, TakesLandmarksFromAMeanFaceOrTheRefiner) {
    auto detector = Detector::make(white_dot_ssd());
    EXPECT_FALSE(detector->finds_landmarks());
    const Picture picture = with_dots({672, 384}, {{90, 70}});
    const auto plain = detector->find(picture, unscaled(white_dot_ssd()));
    ASSERT_EQ(plain->size(), 1u);
    EXPECT_NEAR(plain->front().landmarks.nose.x, 90, 0.5);
    auto refiner = Refiner::make(std::make_shared<ReplayModel>(
        std::vector<Port>{{"face", {1, 3, 48, 48}}}, std::vector<Port>{{"points", {1, 10, 1, 1}}},
        [](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
            return std::vector<Tensor>{{{1, 10, 1, 1}, {0.25f, 0.5f, 0, 0, 0, 0, 0, 0, 0, 0}}};
        }));
    ASSERT_TRUE(refiner);
    detector->refine_by(std::move(*refiner));
    EXPECT_NEAR(detector->find(picture, unscaled(white_dot_ssd()))->front().landmarks.left_eye.x, 80, 0.5);
    EXPECT_FALSE(Refiner::make(white_dot_ssd()));
}

// Sees a face only in pictures that are higher than wide, at a fixed place.
ModelPointer portrait_only() {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"data", {1, 3, 300, 300}}}, std::vector<Port>{{"found", {1, 1, 200, 7}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            Tensor list{{1, 1, 200, 7}, std::vector<float>(1400)};
            const bool marked = inputs[0].values[0] > 250;  // the white corner stands at the upper left
            const std::array<float, 8> row{0, 1, marked ? 0.9f : 0.1f, 0.1f, 0.2f, 0.3f, 0.5f, -1};
            std::ranges::copy(row, list.values.begin());
            return std::vector<Tensor>{list};
        });
}

TEST(Turn, FindsLyingFacesAndGivesThemInThePictureAsItIs) {
    const auto detector = Detector::make(portrait_only());
    Picture picture({300, 200});
    for (int y = 190; y < 200; ++y) std::fill_n(picture.row(y), 30, std::uint8_t{255});  // lower left
    EXPECT_TRUE(detector->find(picture, {})->empty());
    const auto found = detector->find(picture, {.min_face_pixels = 16, .turn = Turn::Search});
    ASSERT_EQ(found->size(), 1u);
    const FaceRegion& face = found->front();
    EXPECT_EQ(face.turn, QuarterTurn::Clockwise);
    // In the turned picture of 200 x 300: x 30..90, y 60..150. Turned back: x is the old y, y counts from below.
    EXPECT_NEAR(face.box.x, 60, 0.5);
    EXPECT_NEAR(face.box.y, 199 - 90, 0.5);
    EXPECT_NEAR(face.box.width, 90, 0.5);
    EXPECT_NEAR(face.box.height, 60, 0.5);
    EXPECT_GT(face.landmarks.left_eye.y, face.landmarks.right_eye.y);  // the head lies on its right ear in the picture
}

}  // namespace
}  // namespace mien::face
