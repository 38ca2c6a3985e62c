#include <gtest/gtest.h>

#include <cmath>

#include "face/attributes/frame.h"
#include "face/attributes/reader.h"
#include "inference/replay_model.h"

namespace mien::face {
namespace {

using inference::Port;
using inference::ReplayModel;
using inference::Tensor;

// A face whose five points stand at FER2013's places in a square of `side` pixels from (x, y) on.
Landmarks5 face_at(float x, float y, float side) {
    const auto at = [&](float u, float v) { return Point{x + u / 48 * side, y + v / 48 * side}; };
    return {at(15.05f, 19.2f), at(32.95f, 19.2f), at(24.0f, 28.6f), at(16.9f, 38.0f), at(31.1f, 38.0f)};
}

TEST(ExpressionFrame, IsTheSquareInWhichTheFaceStandsAsInFer) {
    const Box box = box_of(expression_frame(face_at(100, 40, 96)));
    EXPECT_NEAR(box.x, 100, 0.01);
    EXPECT_NEAR(box.y, 40, 0.01);
    EXPECT_NEAR(box.width, 96, 0.01);
    EXPECT_NEAR(box.height, 96, 0.01);
}

TEST(ExpressionFrame, TurnsWithTheHead) {
    Landmarks5 turned = face_at(0, 0, 96);
    // By 90 degrees clockwise about the middle.
    for (Point* p : {&turned.left_eye, &turned.right_eye, &turned.nose, &turned.left_mouth, &turned.right_mouth})
        *p = {96 - p->y, p->x};
    const Affine frame = expression_frame(turned);
    EXPECT_NEAR(frame({0, 0}).x, 96, 0.01);  // the upper left of the face is the upper right of the picture
    EXPECT_NEAR(frame({0, 0}).y, 0, 0.01);
    EXPECT_NEAR(side_of(frame), 96, 0.01);
}

TEST(CutFrame, GoesOnBeyondTheBorderAndKeepsPlaces) {
    Picture picture({64, 64});
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64 * 3; ++x) picture.row(y)[x] = static_cast<std::uint8_t>(y < 32 ? 50 : 200);
    // The frame is twice as large as the picture, which stands in its middle.
    const Picture crop = cut_frame(picture, {{128, 0, -32, 0, 128, -32}}, 64);
    EXPECT_EQ(crop.row(0)[0], 50);
    EXPECT_EQ(crop.row(10)[63 * 3], 50);
    EXPECT_EQ(crop.row(30)[32 * 3], 50);
    EXPECT_EQ(crop.row(33)[32 * 3], 200);
    EXPECT_EQ(crop.row(63)[0], 200);
}

std::shared_ptr<ReplayModel> expression_model(ReplayModel::Answer answer) {
    return std::make_shared<ReplayModel>(std::vector<Port>{{"x", {1, 64, 64, 1}}}, std::vector<Port>{{"y", {1, 7}}},
                                         std::move(answer));
}

// Sees "sad" (its fifth class) where the left half is brighter, else "surprise".
Result<std::vector<Tensor>> by_side(std::span<const Tensor> in) {
    const auto& v = in[0].values;
    const bool left = v[0] > v[63];
    return std::vector<Tensor>{{{1, 7}, {0, 0, 0, 0, left ? 0.8f : 0.2f, left ? 0.2f : 0.8f, 0}}};
}

TEST(ExpressionReader, AveragesTheCropAndItsMirrorImage) {
    const auto reader = ExpressionReader::make({expression_model(by_side)});
    ASSERT_TRUE(reader);
    Picture crop({64, 64});
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 32 * 3; ++x) crop.row(y)[x] = 255;
    const auto reading = reader->read(crop);
    ASSERT_TRUE(reading);
    EXPECT_NEAR(reading->probabilities[static_cast<std::size_t>(Expression::Sad)], 0.5, 1e-6);
    EXPECT_NEAR(reading->probabilities[static_cast<std::size_t>(Expression::Surprise)], 0.5, 1e-6);
}

TEST(ExpressionReader, InputIsLuminanceFromMinusOneToOne) {
    std::vector<float> seen;
    const auto reader = ExpressionReader::make({expression_model([&](std::span<const Tensor> in) {
        seen = in[0].values;
        return Result<std::vector<Tensor>>(std::vector<Tensor>{{{1, 7}, {0, 0, 0, 1, 0, 0, 0}}});
    })});
    Picture crop({64, 64});
    crop.row(0)[0] = crop.row(0)[1] = crop.row(0)[2] = 255;
    crop.row(0)[4] = 255;  // green
    const auto reading = reader->read(crop);
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->value(), Expression::Happy);
    EXPECT_NEAR(seen[63], 1, 1e-3);  // the last look was mirrored
    EXPECT_NEAR(seen[62], 2 * 0.587 - 1, 1e-3);
    EXPECT_NEAR(seen[0], -1, 1e-3);
}

TEST(ExpressionReader, RefusesOtherNetworksAndNonsense) {
    EXPECT_FALSE(ExpressionReader::make({}));
    EXPECT_FALSE(ExpressionReader::make({std::make_shared<ReplayModel>(std::vector<Port>{{"x", {1, 48, 48, 1}}},
                                                                       std::vector<Port>{{"y", {1, 7}}}, by_side)}));
    const auto reader = ExpressionReader::make({expression_model([](std::span<const Tensor>) {
        return Result<std::vector<Tensor>>(std::vector<Tensor>{{{1, 7}, {NAN, 0, 0, 1, 0, 0, 0}}});
    })});
    const auto reading = reader->read(Picture({64, 64}));
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().fault, Fault::Corrupt);
}

std::shared_ptr<ReplayModel> age_gender_model(float male, std::vector<float>* seen = nullptr) {
    return std::make_shared<ReplayModel>(
        std::vector<Port>{{"x", {1, 224, 224, 3}}},
        std::vector<Port>{{"male", {1, 1}}, {"template", {1, 1024}}, {"age", {1, 100}}},
        [=](std::span<const Tensor> in) {
            if (seen) *seen = in[0].values;
            Tensor age{{1, 100}, std::vector<float>(100)};
            age.values[29] = 0.5f;  // 30 years
            age.values[39] = 0.5f;
            return Result<std::vector<Tensor>>(
                std::vector<Tensor>{{{1, 1}, {male}}, {{1, 1024}, std::vector<float>(1024)}, age});
        });
}

TEST(AgeGenderReader, IntervalHoldsFourFifthsAndChannelsAreTheMakers) {
    std::vector<float> seen;
    const auto reader = AgeGenderReader::make(age_gender_model(0.9f, &seen));
    ASSERT_TRUE(reader);
    Picture crop({224, 224});
    crop.row(0)[0] = 10;  // red
    crop.row(0)[2] = 30;  // blue
    const auto reading = reader->read(crop);
    ASSERT_TRUE(reading);
    EXPECT_FLOAT_EQ(reading->male, 0.9f);
    EXPECT_NEAR(reading->age.low, 29.7, 1e-3);  // class 30 spans 29.5..30.5 and holds one half
    EXPECT_NEAR(reading->age.years, 30.5, 1e-3);
    EXPECT_NEAR(reading->age.high, 40.3, 1e-3);
    EXPECT_NEAR(seen[0], 30 - 103.939, 1e-3);
    EXPECT_NEAR(seen[2], 10 - 123.68, 1e-3);
}

TEST(AttributeReader, SaysWhyItDoesNotMeasure) {
    const auto read = [](float male, float side) {
        const AttributeReader reader(*AgeGenderReader::make(age_gender_model(male)),
                                     *ExpressionReader::make({expression_model(by_side)}));
        return *reader.read(Picture({200, 200}), face_at(20, 20, side));
    };
    const FaceAttributes sure = read(0.1f, 100);
    ASSERT_TRUE(std::holds_alternative<GenderReading>(sure.gender));
    EXPECT_EQ(std::get<GenderReading>(sure.gender).value, Gender::Female);
    EXPECT_NEAR(std::get<GenderReading>(sure.gender).confidence, 0.9, 1e-6);
    EXPECT_EQ(std::get<Unmeasured>(sure.glasses), Unmeasured::NotAsked);
    EXPECT_EQ(std::get<Unmeasured>(read(0.55f, 100).gender), Unmeasured::ModelUnsure);
    const FaceAttributes small = read(0.1f, 16);
    EXPECT_EQ(std::get<Unmeasured>(small.age), Unmeasured::FaceTooSmall);
    EXPECT_EQ(std::get<Unmeasured>(small.expression), Unmeasured::FaceTooSmall);
}

}  // namespace
}  // namespace mien::face
