#pragma once

#include <array>
#include <vector>

#include "simulate/people/appearance.h"
#include "simulate/people/gait.h"

namespace mien::simulate {

struct Material {
    Eigen::Vector3f colour = Eigen::Vector3f::Zero();  // 0..255
    Eigen::Vector3f second = Eigen::Vector3f::Zero();
    Pattern pattern = Pattern::Plain;
    float grain = 0;  // 0..1: how much the weave or the strands vary the brightness
};

struct Pose3 {
    Points3 points{};   // metres, z up, x forwards, y to the person's left; the lowest point stands on z = 0
    Points3 normals{};  // of length 1
};

// One dressed person in all phases of a walk, ready to be drawn.
// Thread rule: const calls may run at the same time.
class Walker {
public:
    // Errors: NotFound; Corrupt for the assets.
    static Result<Walker> dress(const Human& human, const Appearance& appearance);

    const std::vector<Triangle>& triangles() const { return triangles_; }
    const std::vector<std::uint8_t>& material_of() const { return material_of_; }  // of each triangle
    const std::vector<Material>& materials() const { return materials_; }
    const Points3& rest() const { return rest_; }  // decimetres: where the patterns are printed
    const Pose3& pose(int phase) const { return poses_.at(static_cast<std::size_t>(phase)); }
    const Appearance& appearance() const { return appearance_; }
    float height() const { return height_; }              // metres, standing
    float cycle_length() const { return cycle_length_; }  // metres walked in one gait cycle

private:
    Walker() = default;
    void add(const Points3& points, const std::vector<Skin>& skin, const std::vector<Triangle>& triangles,
             const std::vector<std::uint8_t>& material_of);
    Result<std::vector<std::uint32_t>> add_clothes(const Human& human, const Points3& body);
    void add_body(const Human& human, const Points3& body, const std::vector<std::uint32_t>& hidden);
    void add_bag(const Human& human, const Points3& joints);
    void make_materials();
    void strike_poses(const Human& human, const Points3& joints);

    Appearance appearance_{};
    Points3 rest_{};
    std::vector<Skin> skin_{};
    std::vector<Triangle> triangles_{};
    std::vector<std::uint8_t> material_of_{};
    std::vector<Material> materials_{};
    std::array<Pose3, gait_phases + 1> poses_{};
    float height_ = 0;
    float cycle_length_ = 0;
};

}  // namespace mien::simulate
