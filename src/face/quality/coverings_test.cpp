#include "face/quality/coverings.h"

#include <gtest/gtest.h>

#include <limits>

#include "face/attributes/worn.h"
#include "face/quality/quality.h"
#include "image/degrade.h"

namespace mien::face {
namespace {

constexpr std::uint8_t skin = 170;

using Outline = std::vector<Point>;

Outline box(float left, float top, float right, float bottom) {
    return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

// A bare face as aligned faces are: eyes at 144, mouth at 274; hair, brows, lids, nostrils and lips.
Picture bare_face() {
    Picture p({400, 400});
    std::ranges::fill(p.pixels(), skin);
    p = image::cover(p, box(0, 0, 400, 15), 60);  // hair
    p = image::cover(p, box(0, 0, 60, 120), 60);
    p = image::cover(p, box(340, 0, 400, 120), 60);
    for (const float x : {143.0f, 256.0f}) {
        p = image::cover(p, box(x - 32, 112, x + 32, 120), 100);
        p = image::cover(p, box(x - 26, 137, x + 26, 141), 90);
        p = image::cover(p, {{x - 26, 144}, {x, 139}, {x + 26, 144}, {x, 150}}, 205);
        p = image::cover(p, box(x - 7, 139, x + 7, 150), 30);
    }
    p = image::cover(p, box(184, 150, 188, 215), 140);  // the nose's sides
    p = image::cover(p, box(212, 150, 216, 215), 140);
    for (const float x : {188.0f, 212.0f}) p = image::cover(p, box(x - 6, 221, x + 6, 227), 60);
    return image::cover(p, box(156, 271, 244, 277), 70);
}

AlignedFace face_of(Picture picture) {
    AlignedFace face{std::move(picture)};
    face.inside.assign(std::size_t{400} * 400, 1);
    face.face = face.inside;
    face.luminance = face.inside;
    face.eyes = {Point{143, 144}, Point{256, 144}};
    face.nose = {200, 208};
    face.mouth_corners = {Point{154, 274}, Point{247, 274}};
    face.mouth = {200, 274};
    face.chin = {200, 350};
    return face;
}

Coverings of(Picture picture) {
    return coverings_of(covering_clues(face_of(std::move(picture))));
}

float value(const Measure& measure) {
    return std::get<float>(measure);
}

TEST(Coverings, a_bare_face_wears_nothing) {
    const Coverings bare = of(bare_face());
    EXPECT_LT(value(bare.glasses), 0.5f);
    EXPECT_LT(value(bare.dark_glasses), 0.1f);
    EXPECT_LT(value(bare.mask), 0.1f);
    EXPECT_LT(value(bare.headwear), 0.5f);
}

Picture with_dark_glasses() {
    Picture p = bare_face();
    for (const float x : {143.0f, 256.0f}) p = image::cover(p, box(x - 45, 118, x + 45, 175), 20);
    return image::cover(p, box(40, 136, 360, 142), 20);
}

TEST(Coverings, dark_glasses_are_dark_and_glasses) {
    const Coverings worn = of(with_dark_glasses());
    EXPECT_GT(value(worn.dark_glasses), 0.9f);
    EXPECT_GT(value(worn.glasses), 0.5f);
    EXPECT_LT(value(worn.mask), 0.5f);
}

TEST(Coverings, frames_alone_are_glasses_but_not_dark) {
    Picture p = bare_face();
    for (const float x : {143.0f, 256.0f}) {
        p = image::cover(p, box(x - 45, 125, x + 45, 129), 30);
        p = image::cover(p, box(x - 45, 170, x + 45, 174), 30);
    }
    p = image::cover(p, box(183, 140, 217, 146), 30);
    p = image::cover(p, box(50, 136, 100, 141), 30);
    p = image::cover(p, box(300, 136, 350, 141), 30);
    const Coverings worn = of(p);
    EXPECT_GT(value(worn.glasses), 0.75f);
    EXPECT_LT(value(worn.dark_glasses), 0.5f);
}

TEST(Coverings, masks_hide_the_mouth_whatever_their_shade) {
    for (const std::uint8_t shade : {std::uint8_t{30}, std::uint8_t{150}, std::uint8_t{230}}) {
        const Coverings worn = of(image::cover(bare_face(), box(90, 190, 310, 400), shade));
        EXPECT_GT(value(worn.mask), 0.75f) << int{shade};
        EXPECT_LT(value(worn.dark_glasses), 0.5f) << int{shade};
    }
}

TEST(Coverings, blur_and_weak_light_are_no_mask) {
    EXPECT_LT(value(of(image::blur(bare_face(), 6)).mask), 0.5f);
    EXPECT_LT(value(of(image::darken(bare_face(), 0.05f)).mask), 0.5f);
    EXPECT_LT(value(of(image::darken(bare_face(), 0.05f)).dark_glasses), 0.5f);
}

TEST(Coverings, a_cap_covers_the_forehead) {
    EXPECT_GT(value(of(image::cover(bare_face(), box(40, 0, 360, 78), 30)).headwear), 0.75f);
}

TEST(Coverings, what_lies_outside_the_picture_is_not_measured) {
    AlignedFace face = face_of(bare_face());
    std::fill_n(face.inside.begin(), 400 * 90, std::uint8_t{0});
    EXPECT_EQ(std::get<Unmeasured>(coverings_of(covering_clues(face)).headwear), Unmeasured::OutsidePicture);
    EXPECT_TRUE(std::holds_alternative<float>(coverings_of(covering_clues(face)).mask));
    std::fill(face.inside.begin() + 400 * 240, face.inside.end(), std::uint8_t{0});
    EXPECT_EQ(std::get<Unmeasured>(coverings_of(covering_clues(face)).mask), Unmeasured::OutsidePicture);
}

TEST(Coverings, a_mesh_gone_wrong_ends_in_no_measure_or_a_finite_one) {
    for (const float wrong : {-1e9f, 1e9f, std::numeric_limits<float>::quiet_NaN()}) {
        AlignedFace face = face_of(bare_face());
        face.eyes[0].x = face.eyes[1].y = face.nose.y = face.mouth_corners[1].x = face.mouth.y = wrong;
        const Coverings worn = coverings_of(covering_clues(face));
        for (const Measure& m : {worn.glasses, worn.dark_glasses, worn.mask, worn.headwear}) {
            const auto* p = std::get_if<float>(&m);
            EXPECT_TRUE(p == nullptr || (*p >= 0 && *p <= 1)) << wrong;
        }
    }
}

TEST(Worn, says_yes_or_no_only_where_it_is_sure) {
    FaceAttributes attributes;
    add_worn(attributes, {0.9f, 0.1f, 0.6f, Unmeasured::OutsidePicture});
    EXPECT_EQ(std::get<WornReading>(attributes.glasses).value, Worn::Yes);
    EXPECT_FLOAT_EQ(std::get<WornReading>(attributes.glasses).confidence, 0.9f);
    EXPECT_EQ(std::get<WornReading>(attributes.dark_glasses).value, Worn::No);
    EXPECT_FLOAT_EQ(std::get<WornReading>(attributes.dark_glasses).confidence, 0.9f);
    EXPECT_EQ(std::get<Unmeasured>(attributes.mask), Unmeasured::ModelUnsure);
    EXPECT_EQ(std::get<Unmeasured>(attributes.headwear), Unmeasured::OutsidePicture);
}

// A mesh whose five places bring the picture to the aligned one as it is.
FaceMesh mesh_of_window() {
    FaceMesh mesh{std::vector<Point3>(FaceMesh::size, {200, 200, 0}), 1};
    const auto put = [&](std::size_t i, float x, float y) { mesh.points[i] = {x, y, 0}; };
    put(33, 118, 144), put(133, 168, 144), put(362, 231, 144), put(263, 281, 144);
    put(4, 200, 208), put(61, 154, 274), put(291, 247, 274), put(152, 200, 350);
    for (const std::size_t i : {127, 234, 93, 132}) put(i, 90, 200);
    for (const std::size_t i : {356, 454, 323, 361}) put(i, 310, 200);
    for (const std::size_t i : {300, 293, 334, 70, 63, 105}) put(i, i < 200 ? 110.0f : 290.0f, 112);
    return mesh;
}

Quality judged(const Picture& picture, const QualityProfile& profile,
               std::variant<ExpressionReading, Unmeasured> expression = Unmeasured::NotAsked) {
    const FaceMesh mesh = mesh_of_window();
    const FaceRegion region{{90, 60, 220, 290}, 0.9f, {}};
    return quality_of({picture, region, mesh, {}, 0, expression}, profile);
}

const QualityMeasure& measure_of(const Quality& quality, QualityComponent component) {
    return *std::ranges::find(quality.measures, component, &QualityMeasure::component);
}

TEST(Coverings, door_and_passport_refuse_dark_glasses_and_masks_and_say_what_to_do) {
    for (const auto& profile : {door_profile(), passport_profile()}) {
        const Quality bare = judged(bare_face(), profile);
        EXPECT_TRUE(measure_of(bare, QualityComponent::EyesUncovered).acceptable) << profile.name;
        EXPECT_TRUE(measure_of(bare, QualityComponent::LowerFaceUncovered).acceptable) << profile.name;
        const Quality dark = judged(with_dark_glasses(), profile);
        EXPECT_FALSE(dark.acceptable);
        EXPECT_FALSE(measure_of(dark, QualityComponent::EyesUncovered).acceptable) << profile.name;
        EXPECT_NE(measure_of(dark, QualityComponent::EyesUncovered).advice.find("take off your dark glasses"),
                  std::string::npos);
        const Quality masked = judged(image::cover(bare_face(), box(90, 190, 310, 400), 220), profile);
        EXPECT_FALSE(measure_of(masked, QualityComponent::LowerFaceUncovered).acceptable) << profile.name;
        EXPECT_NE(measure_of(masked, QualityComponent::LowerFaceUncovered).advice.find("take off your mask"),
                  std::string::npos);
    }
}

TEST(Coverings, dark_glasses_and_masks_lower_the_unified_score) {
    const auto unified = [](const Picture& picture) {
        return std::get<float>(judged(picture, door_profile()).unified);
    };
    const Picture masked = image::cover(bare_face(), box(90, 190, 310, 400), 150);
    EXPECT_LT(unified(with_dark_glasses()), unified(bare_face()) - 10);
    EXPECT_LT(unified(masked), unified(bare_face()) - 10);
}

TEST(NeutralExpression, is_the_probability_of_neutral_where_the_expression_was_read) {
    const Quality unasked = judged(bare_face(), passport_profile());
    EXPECT_EQ(std::get<Unmeasured>(measure_of(unasked, QualityComponent::NeutralExpression).native),
              Unmeasured::NotAsked);
    ExpressionReading smile;
    smile.probabilities = {0, 0, 0, 0.8f, 0.2f, 0, 0};
    const Quality smiling = judged(bare_face(), passport_profile(), smile);
    const QualityMeasure& measure = measure_of(smiling, QualityComponent::NeutralExpression);
    EXPECT_FLOAT_EQ(std::get<float>(measure.native), 0.2f);
    EXPECT_EQ(measure.score, 20);
    EXPECT_FALSE(measure.acceptable);
    EXPECT_NE(measure.advice.find("look neutral"), std::string::npos);
    ExpressionReading calm;
    calm.probabilities = {0, 0, 0, 0.1f, 0.9f, 0, 0};
    EXPECT_TRUE(
        measure_of(judged(bare_face(), passport_profile(), calm), QualityComponent::NeutralExpression).acceptable);
}

}  // namespace
}  // namespace mien::face
