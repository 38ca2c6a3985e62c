#pragma once

#include "types/picture.h"

namespace mien::image {

// The whole picture at another size, without aliasing: triangle filter widened by the reduction, as in common imaging
// libraries. Strong reductions average whole blocks of pixels first.
Picture resize(const Picture& picture, Size size);

// Averages blocks of factor x factor pixels; a rest at the right and lower border is left out. factor >= 1.
Picture reduce(const Picture& picture, int factor);

}  // namespace mien::image
