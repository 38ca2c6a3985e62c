#pragma once

#include <Eigen/Geometry>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/people/assets.h"
#include "types/attributes.h"

namespace mien::simulate {

// How much a vertex follows which bones; the weights' sum is 1.
struct Influence {
    std::uint16_t bone = 0;
    float weight = 0;
};
using Skin = std::array<Influence, 4>;

using Triangle = std::array<std::uint32_t, 3>;
using Points3 = std::vector<Eigen::Vector3f>;

struct Bone {
    std::string name{};
    int parent = -1;                         // stands before the bone in the list; -1: none
    std::vector<std::uint32_t> head_from{};  // the joint is the mean of these vertices of the base mesh
};

// What shapes a body. MakeHuman interpolates between sculpted extremes; these are its axes.
struct Shape {
    Gender sex = Gender::Female;
    float age = 30;       // years, 1..90
    float muscle = 0.5f;  // 0..1
    float weight = 0.5f;  // 0..1
    std::array<float, 3> origins{1.0f, 0,
                                 0};  // shares of the sculpted african, asian, caucasian shapes; their sum is 1
    float scale = 1;                  // of the whole
    friend bool operator==(const Shape&, const Shape&) = default;
};

// MakeHuman's base mesh with its skeleton. Decimetres, y up, facing z, x to the person's left; arms held out.
// Thread rule: const calls may run at the same time.
class Human {
public:
    // Errors: NotFound and Corrupt for what the set lacks or garbles.
    static Result<Human> load(const Assets& assets);

    // The vertices of the base mesh (helpers too) for a shape. Errors: NotFound for a missing target.
    Result<Points3> shaped(const Shape& shape) const;

    const std::vector<Triangle>& body() const { return body_; }  // the skin, without helpers
    const std::vector<Skin>& skin() const { return skin_; }      // one for each vertex
    const std::vector<Bone>& bones() const { return bones_; }
    std::size_t vertices() const { return base_.size(); }
    const Assets& assets() const { return *assets_; }

private:
    explicit Human(const Assets& assets) : assets_(&assets) {}
    Status read_skeleton();
    Status read_weights();
    Status add_target(const std::string& name, float weight, Points3& points) const;

    const Assets* assets_;
    Points3 base_{};
    std::vector<Triangle> body_{};
    std::vector<Skin> skin_{};
    std::vector<Bone> bones_{};
};

// A Wavefront OBJ file: vertices, and faces as triangles. `group`: only faces of that group; empty: all.
// Errors: Corrupt for a face that points beyond the vertices.
struct ObjMesh {
    Points3 points{};
    std::vector<Triangle> triangles{};
};
Result<ObjMesh> read_obj(std::string_view text, std::string_view group);

}  // namespace mien::simulate
