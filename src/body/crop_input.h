#pragma once

#include "inference/model.h"
#include "types/geometry.h"
#include "types/picture.h"

namespace mien::body {

// Whether at least a pixel of the box lies within the picture.
bool meets(const Picture& picture, const Box& box);

// 1 x 3 x height x width, blue green red, 0..255: what the Open Model Zoo's networks of people take.
inference::Tensor blue_green_red(const Picture& crop);

}  // namespace mien::body
