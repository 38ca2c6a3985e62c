#pragma once

#include "types/crop.h"
#include "types/region.h"

namespace mien::face {

// Side of the square crop that dlib's template network takes, in pixels.
inline constexpr int crop_side = 150;

// A crop whose landmarks lie nearest (in least squares, by turn, scale and shift) to where dlib's own aligner puts them.
// The landmarks must not all be the same point.
Crop align(const Picture& picture, const Landmarks5& landmarks);

}  // namespace mien::face
