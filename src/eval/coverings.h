#pragma once

#include <cstdint>

#include "types/mesh.h"
#include "types/picture.h"

namespace mien::eval {

// What people wear over their faces.
enum class Covering { DarkGlasses, Mask, Cap };

// A face with something drawn over it by its mesh: dark glasses of many shapes, shades and reflections; a mask or scarf
// from the nose down, or a cap to above the brows, white, blue, grey, black, chequered or of the skin's own colour. The
// seed decides which. Figures on such pictures are called synthesised: real cloth and glass look different.
Picture covered(const Picture& picture, const FaceMesh& mesh, Covering covering, std::uint64_t seed);

}  // namespace mien::eval
