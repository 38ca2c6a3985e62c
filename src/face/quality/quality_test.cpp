#include "face/quality/quality.h"

#include <gtest/gtest.h>

#include <cmath>

#include "face/quality/advice.h"
#include "face/quality/aligned.h"
#include "face/quality/components.h"
#include "face/quality/texture.h"
#include "image/degrade.h"

namespace mien::face {
namespace {

// A drawn head: every point of the mesh on an ellipse, then the places that measures look at.
FaceMesh drawn_mesh(Point middle, float eyes) {
    FaceMesh mesh{std::vector<Point3>(FaceMesh::size), 1};
    const auto put = [&](std::size_t i, float x, float y) {
        mesh.points[i] = {middle.x + x * eyes, middle.y + y * eyes, 0};
    };
    for (std::size_t i = 0; i < mesh.points.size(); ++i) {
        const auto turn = static_cast<float>(i);
        put(i, 0.9f * std::cos(turn), 0.4f + 1.0f * std::sin(turn));
    }
    put(33, -0.75f, 0), put(133, -0.25f, 0), put(362, 0.25f, 0), put(263, 0.75f, 0);
    put(4, 0, 0.6f), put(61, -0.4f, 1.15f), put(291, 0.4f, 1.15f), put(152, 0, 1.9f);
    for (const std::size_t i : {160, 159, 158}) put(i, -0.5f, -0.05f);
    for (const std::size_t i : {144, 145, 153}) put(i, -0.5f, 0.05f);
    for (const std::size_t i : {385, 386, 387}) put(i, 0.5f, -0.05f);
    for (const std::size_t i : {380, 374, 373}) put(i, 0.5f, 0.05f);
    for (const std::size_t i : {81, 13, 311, 178, 14, 402}) put(i, 0, 1.15f);
    return mesh;
}

// Skin-coloured, with a texture of stripes three pixels wide.
Picture drawn_picture(Size size) {
    Picture picture(size);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const int shade = (x / 3 + y / 3) % 2 == 0 ? 20 : -20;
            std::uint8_t* p = picture.row(y) + x * 3;
            p[0] = static_cast<std::uint8_t>(200 + shade);
            p[1] = static_cast<std::uint8_t>(150 + shade);
            p[2] = static_cast<std::uint8_t>(120 + shade);
        }
    }
    return picture;
}

const Point middle{300, 250};
constexpr float eyes = 100;
const Box face_box{200, 150, 200, 300};

LightMeasures light_of(const Picture& picture) {
    return light_measures(align(picture, drawn_mesh(middle, eyes)));
}

TEST(QualityAlign, brings_eyes_113_pixels_apart) {
    const AlignedFace face = align(drawn_picture({600, 600}), drawn_mesh(middle, eyes));
    EXPECT_NEAR(face.eyes[1].x - face.eyes[0].x, 113, 8);
    EXPECT_NEAR(face.eyes[0].y, face.eyes[1].y, 1);  // OFIQ's own points are half a pixel aslant
    EXPECT_EQ(face.luminance.size(), face.face.size());
    const auto held = std::ranges::count(face.face, 1);
    EXPECT_GT(held, 20000);
    EXPECT_LT(held, 80000);
}

TEST(QualityLight, darkness_and_glare_are_told_apart) {
    const Picture good = drawn_picture({600, 600});
    EXPECT_EQ(light_of(good).under_exposure.native, 0);
    EXPECT_FLOAT_EQ(light_of(image::darken(good, 0.05f)).under_exposure.native, 1);
    EXPECT_LT(light_of(image::darken(good, 0.05f)).under_exposure.score, 1);
    Picture white({600, 600});
    std::ranges::fill(white.pixels(), std::uint8_t{255});
    EXPECT_FLOAT_EQ(light_of(white).over_exposure.native, 1);
    EXPECT_FLOAT_EQ(light_of(white).over_exposure.score, 1);
    EXPECT_FLOAT_EQ(light_of(white).luminance_mean.native, 1);
    EXPECT_FLOAT_EQ(light_of(white).dynamic_range.native, 0);
}

TEST(QualityLight, one_dark_side_is_not_uniform) {
    Picture half = drawn_picture({600, 600});
    EXPECT_GT(light_of(half).illumination_uniformity.score, 95);
    for (int y = 0; y < 600; ++y) std::fill_n(half.row(y), 300 * 3, std::uint8_t{5});
    EXPECT_LT(light_of(half).illumination_uniformity.native, 0.05f);
}

TEST(QualityLight, skin_is_natural_and_blue_is_not) {
    const Picture skin = drawn_picture({600, 600});
    EXPECT_EQ(light_of(skin).natural_colour.score, 100);
    Picture blue = skin;
    for (std::size_t i = 0; i + 2 < blue.pixels().size(); i += 3) std::swap(blue.pixels()[i], blue.pixels()[i + 2]);
    EXPECT_EQ(light_of(blue).natural_colour.score, 0);
    Picture grey({600, 600});
    std::ranges::fill(grey.pixels(), std::uint8_t{128});
    EXPECT_LT(light_of(grey).natural_colour.score, 70);
}

TEST(QualityShape, places_and_openings) {
    FaceMesh mesh = drawn_mesh(middle, eyes);
    const ShapeMeasures open = shape_measures(mesh, {}, {600, 500});
    EXPECT_NEAR(open.inter_eye_distance.native, 100, 0.01);
    EXPECT_NEAR(open.head_size.native, 190.0f / 500, 1e-4);
    EXPECT_NEAR(open.leftward_crop.native, 2.5f, 1e-4);
    EXPECT_NEAR(open.rightward_crop.native, 2.5f, 1e-4);
    EXPECT_NEAR(open.margin_above.native, 250.0f / 190, 1e-4);
    EXPECT_GT(open.eyes_open.score, 90);
    EXPECT_GT(open.mouth_closed.score, 95);
    for (const std::size_t i : {160, 159, 158}) mesh.points[i].y = mesh.points[144].y;
    mesh.points[14].y += 80;
    const ShapeMeasures shut = shape_measures(mesh, {.yaw = {60}}, {600, 500});
    EXPECT_LT(shut.eyes_open.score, 15);
    EXPECT_LT(shut.mouth_closed.score, 5);
    EXPECT_NEAR(shut.inter_eye_distance.native, 200, 0.01);
    EXPECT_NEAR(shut.yaw.score, 25, 0.5);
}

TEST(QualityShape, faces_beside_one_another) {
    EXPECT_EQ(single_face(0).score, 100);
    EXPECT_EQ(single_face(0.25f).score, 50);
    EXPECT_EQ(single_face(1).score, 0);
}

TEST(QualityTexture, tells_blur_noise_and_blocks) {
    const Picture sharp = drawn_picture({600, 600});
    const FaceMesh mesh = drawn_mesh(middle, eyes);
    const auto measure = [&](const Picture& picture) {
        return texture_measures(picture, face_box, align(picture, mesh));
    };
    const TextureMeasures good = measure(sharp);
    const TextureMeasures soft = measure(image::blur(sharp, 4));
    EXPECT_GT(good.focus.native, soft.focus.native + 0.1f);
    Picture grey({600, 600});
    std::ranges::fill(grey.pixels(), std::uint8_t{128});
    EXPECT_NEAR(measure(image::add_noise(grey, 12, 3)).noise.native, 12 * 0.668f,
                1.5f);  // of the mean of three channels
    EXPECT_LT(measure(grey).noise.native, 0.01f);
    Picture blocks = grey;
    for (int y = 0; y < 600; ++y)
        for (int x = 0; x < 600; ++x)
            std::fill_n(blocks.row(y) + x * 3, 3, static_cast<std::uint8_t>(100 + (x / 8 + y / 8) % 5 * 8));
    EXPECT_GT(measure(blocks).blockiness.native, 2.2f);
    EXPECT_FLOAT_EQ(good.inside.native, 1);
    EXPECT_TRUE(good.background_seen);
}

TEST(QualityTexture, a_face_at_the_border_is_not_inside) {
    const Picture picture = drawn_picture({600, 600});
    const FaceMesh mesh = drawn_mesh({0, 300}, eyes);
    const TextureMeasures cut = texture_measures(picture, {-100, 200, 200, 300}, align(picture, mesh));
    EXPECT_NEAR(cut.inside.native, 0.5f, 0.05f);
}

TEST(Quality, the_profile_decides_and_says_what_to_do) {
    const Picture picture = drawn_picture({600, 600});
    const FaceRegion region{face_box, 0.9f, {}};
    const FaceMesh mesh = drawn_mesh(middle, eyes);
    const Quality turned = quality_of({picture, region, mesh, {.yaw = {50}}}, door_profile());
    EXPECT_FALSE(turned.acceptable);
    const auto yaw = std::ranges::find(turned.measures, QualityComponent::HeadPoseYaw, &QualityMeasure::component);
    ASSERT_NE(yaw, turned.measures.end());
    EXPECT_EQ(yaw->advice, "turn your face to your right, to the camera");
    const Quality crowd = quality_of({picture, region, mesh, {}, 0.8f}, passport_profile());
    const auto single =
        std::ranges::find(crowd.measures, QualityComponent::SingleFacePresent, &QualityMeasure::component);
    EXPECT_FALSE(single->acceptable);
    EXPECT_FALSE(single->advice.empty());
}

TEST(Quality, every_component_is_reported_once_and_has_advice) {
    const Picture picture = drawn_picture({600, 600});
    const Quality quality = quality_of({picture, {face_box, 0.9f, {}}, drawn_mesh(middle, eyes)}, cctv_profile());
    const auto last = static_cast<int>(QualityComponent::InsidePicture);
    ASSERT_EQ(quality.measures.size(), static_cast<std::size_t>(last) + 1);
    for (int i = 0; i <= last; ++i) {
        EXPECT_EQ(static_cast<int>(quality.measures[static_cast<std::size_t>(i)].component), i);
        EXPECT_FALSE(advice_for(static_cast<QualityComponent>(i), 0).empty());
    }
}

TEST(Quality, profiles_have_names) {
    EXPECT_TRUE(profile_named("passport"));
    const auto unknown = profile_named("pasport");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().fault, Fault::BadInput);
}

}  // namespace
}  // namespace mien::face
