#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "inference/model.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// The network's view of a picture: 1 x 3 x H x W, red green blue 0..255, H and W multiples of 32, padded with black.
inference::Tensor centerface_input(const Picture& canvas);

// The network's four maps (heat, size, offset, landmarks) as regions in pixels of the canvas.
std::vector<FaceRegion> centerface_regions(std::span<const inference::Tensor> maps, float min_score);

// Keeps the best of overlapping regions (greedy non-maximum suppression), best score first.
std::vector<FaceRegion> keep_best(std::vector<FaceRegion> regions, float max_overlap);

}  // namespace mien::face
