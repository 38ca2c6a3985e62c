#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "face/mesh/head.h"
#include "face/mesh/mesh.h"

namespace mien::face {
namespace {

// Stands in for the network: the same outputs for every picture, and a count of the looks.
class FixedMesh final : public inference::Model {
public:
    explicit FixedMesh(float value) {
        for (const std::size_t count : {1404, 160, 142, 10, 142, 10, 1}) {  // first_iris is the fourth
            outputs_.push_back({"", {1, count}});
            values_.push_back({{1, count}, std::vector<float>(count, value)});
        }
        for (std::size_t i = 0; i < 468; ++i) {
            values_[0].values[3 * i] = static_cast<float>(i % 20) * 6 + 40;
            values_[0].values[3 * i + 1] = static_cast<float>(i / 20) * 5 + 40;
        }
        for (std::size_t i = 0; i < 10; i += 2) values_[first_iris].values[i] += 40;
    }
    const std::vector<inference::Port>& inputs() const override { return inputs_; }
    const std::vector<inference::Port>& outputs() const override { return outputs_; }
    Result<std::vector<inference::Tensor>> run(std::span<const inference::Tensor>) const override { return values_; }

private:
    static constexpr std::size_t first_iris = 3;
    std::vector<inference::Port> inputs_{{"in", {1, 192, 192, 3}}};
    std::vector<inference::Port> outputs_{};
    std::vector<inference::Tensor> values_{};
};

const Landmarks5 upright{{80, 80}, {120, 80}, {100, 105}, {85, 125}, {115, 125}};

TEST(Mesh, has_478_points_and_a_confidence) {
    const auto finder = MeshFinder::make(std::make_shared<FixedMesh>(90.0f));
    ASSERT_TRUE(finder);
    const auto mesh = finder->find(Picture({200, 200}), upright);
    ASSERT_TRUE(mesh);
    EXPECT_EQ(mesh->points.size(), FaceMesh::size);
    EXPECT_FLOAT_EQ(mesh->confidence, 1);
    // Refined points all came out at one place of the input.
    EXPECT_EQ(mesh->points[61].x, mesh->points[291].x);
    EXPECT_EQ(mesh->points[33].y, mesh->points[468].y);
    EXPECT_NE(mesh->points[1].x, mesh->points[2].x);
}

TEST(Mesh, takes_the_first_iris_of_the_network_for_the_picture_s_right) {
    const auto finder = MeshFinder::make(std::make_shared<FixedMesh>(90.0f));
    ASSERT_TRUE(finder);
    const auto mesh = finder->find(Picture({200, 200}), upright);
    ASSERT_TRUE(mesh);
    // FixedMesh moves the first iris by 40 pixels of the input.
    EXPECT_GT(mesh->points[FaceMesh::right_iris].x, mesh->points[FaceMesh::left_iris].x);
    EXPECT_EQ(mesh->points[FaceMesh::left_iris].x, mesh->points[33].x);
}

TEST(Mesh, refuses_numbers_that_are_not_finite) {
    const auto finder = MeshFinder::make(std::make_shared<FixedMesh>(std::nanf("")));
    ASSERT_TRUE(finder);
    const auto mesh = finder->find(Picture({64, 64}), upright);
    ASSERT_FALSE(mesh);
    EXPECT_EQ(mesh.error().fault, Fault::Corrupt);
}

// A head of cones: every point of the mesh on a smooth surface, so that only its turn matters.
FaceMesh turned(float yaw_degrees) {
    FaceMesh mesh{std::vector<Point3>(FaceMesh::size), 1};
    // Five places of the canonical face that carry weight, the others left at its middle, would not tell a pose; the
    // test uses the pose's own symmetry instead: mirrored input must give mirrored output.
    const float angle = yaw_degrees * std::numbers::pi_v<float> / 180;
    for (std::size_t i = 0; i < mesh.points.size(); ++i) {
        const float x = std::sin(static_cast<float>(i)) * 50;
        const float y = std::cos(static_cast<float>(i) * 1.7f) * 60;
        const float z = std::sin(static_cast<float>(i) * 0.3f) * 30;
        mesh.points[i] = {x * std::cos(angle) + z * std::sin(angle), y, z * std::cos(angle) - x * std::sin(angle)};
    }
    return mesh;
}

TEST(Head, pose_follows_a_roll_exactly) {
    const HeadState before = head_of(turned(0));
    FaceMesh mesh = turned(0);
    const float angle = 20 * std::numbers::pi_v<float> / 180;
    for (Point3& p : mesh.points)
        p = {p.x * std::cos(angle) - p.y * std::sin(angle), p.x * std::sin(angle) + p.y * std::cos(angle), p.z};
    const HeadState after = head_of(mesh);
    EXPECT_NEAR(std::remainder(after.pose.roll.value - before.pose.roll.value, 360.0f), 20, 0.01);
    EXPECT_NEAR(after.pose.yaw.value, before.pose.yaw.value, 0.01);
    EXPECT_NEAR(after.left_eye, before.left_eye, 1e-4);
    EXPECT_NEAR(after.mouth, before.mouth, 1e-4);
}

TEST(Head, scale_does_not_matter) {
    FaceMesh large = turned(10);
    for (Point3& p : large.points) p = {p.x * 7 + 500, p.y * 7 - 20, p.z * 7 + 3};
    const HeadState a = head_of(turned(10));
    const HeadState b = head_of(large);
    EXPECT_NEAR(a.pose.yaw.value, b.pose.yaw.value, 0.01);
    EXPECT_NEAR(a.gaze.yaw.value, b.gaze.yaw.value, 0.05);
    EXPECT_NEAR(a.right_eye, b.right_eye, 1e-4);
}

}  // namespace
}  // namespace mien::face
