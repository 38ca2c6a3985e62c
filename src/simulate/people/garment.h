#pragma once

#include <string>
#include <vector>

#include "simulate/people/human.h"

namespace mien::simulate {

// Clothes, shoes, hair or eyes fitted to a body: each vertex hangs on three vertices of the base mesh.
struct Garment {
    Points3 points{};  // for this body
    std::vector<Skin> skin{};
    std::vector<Triangle> triangles{};
    std::vector<int> part{};             // of each triangle: which connected piece it belongs to, from 0
    std::vector<float> part_height{};    // of each piece: the mean height of its vertices
    std::vector<std::uint32_t> hides{};  // vertices of the body that it covers
};

// Reads `name` (an .mhclo file beside its .obj) and fits it to `body`, the vertices that Human::shaped made.
// Errors: NotFound; Corrupt.
Result<Garment> fit_garment(const Human& human, const Points3& body, const std::string& name);

}  // namespace mien::simulate
