#pragma once

#include "inference/model.h"
#include "types/picture.h"

namespace mien::face {

inline constexpr int faceres_side = 224;             // of the square crop that the network takes, in pixels
inline constexpr std::size_t faceres_values = 1024;  // of its template: the mean of its last maps

// A crop of 224 x 224 pixels as A. Savchenko's multi-output network (HSE-FaceRes) takes it: 1 x 224 x 224 x 3, blue,
// green, red less ImageNet's means, as its maker's published code prepares pictures (docs/results.md).
inference::Tensor faceres_input(const Picture& crop);

}  // namespace mien::face
