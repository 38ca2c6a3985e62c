#pragma once

#include <span>
#include <vector>

#include "inference/model.h"
#include "types/region.h"

namespace mien::face {

// What a codec reads: outputs for one tile, sizes as in the input; regions in pixels of the tile, not yet thinned out.
using Outputs = std::span<const inference::Tensor>;

// Four maps: heat, size, offset, landmarks.
std::vector<FaceRegion> centerface_regions(Outputs maps, float min_score);

// Twelve lists: class, object, box and key points, each at strides 8, 16, 32, for an input of this width in pixels.
std::vector<FaceRegion> yunet_regions(Outputs lists, std::size_t width, float min_score);

// Lists of N x 1 scores and N x 16 boxes with key points, for a square input of this side. `lists` come longest first.
std::vector<FaceRegion> anchor_regions(std::span<const inference::Tensor* const> scores,
                                       std::span<const inference::Tensor* const> boxes, std::size_t side,
                                       float min_score);

// 1 x 1 x N x 7: picture, label, score, left, top, right, bottom as shares of the input.
std::vector<FaceRegion> ssd_regions(const inference::Tensor& list, std::size_t width, std::size_t height,
                                    float min_score);

// Where five landmarks lie in the box of a mean face.
Landmarks5 mean_landmarks(const Box& box);

}  // namespace mien::face
