#include <array>
#include <cmath>

#include "face/detect/decoders.h"

namespace mien::face {
namespace {

constexpr std::size_t numbers = 16;          // of a box: centre, size, six points
constexpr float mouth_width = 0.78f;         // of a mean head's, by the distance of its eyes
constexpr std::size_t dense_anchors = 2304;  // one at each cell of a 48 x 48 grid; else two at a fine, six at a coarse

// Where anchor `index` of `count` has its centre, in pixels of a square input.
Point anchor_at(std::size_t index, std::size_t count, std::size_t side) {
    std::size_t cells = 48;
    std::size_t each = 1;
    if (count != dense_anchors) {
        constexpr std::size_t fine = 512;  // 16 x 16 x 2, then 8 x 8 x 6
        cells = index < fine ? 16 : 8;
        each = index < fine ? 2 : 6;
        index = index < fine ? index : index - fine;
    }
    const float stride = static_cast<float>(side) / static_cast<float>(cells);
    const std::size_t cell = index / each;
    const std::size_t row = cell / cells;
    return {(static_cast<float>(cell % cells) + 0.5f) * stride, (static_cast<float>(row) + 0.5f) * stride};
}

FaceRegion region_at(const float* raw, Point anchor, float score) {
    const auto point = [&](std::size_t n) { return Point{anchor.x + raw[4 + 2 * n], anchor.y + raw[5 + 2 * n]}; };
    const Point left = point(0);
    const Point right = point(1);
    const Point mouth = point(3);
    const Point half{(right.x - left.x) * mouth_width / 2, (right.y - left.y) * mouth_width / 2};
    return {{anchor.x + raw[0] - raw[2] / 2, anchor.y + raw[1] - raw[3] / 2, raw[2], raw[3]},
            score,
            {left, right, point(2), {mouth.x - half.x, mouth.y - half.y}, {mouth.x + half.x, mouth.y + half.y}}};
}

}  // namespace

std::vector<FaceRegion> anchor_regions(std::span<const inference::Tensor* const> scores,
                                       std::span<const inference::Tensor* const> boxes, std::size_t side,
                                       float min_score) {
    std::size_t count = 0;
    for (const auto* list : scores) count += list->values.size();
    std::vector<FaceRegion> regions;
    std::size_t index = 0;
    for (std::size_t l = 0; l < scores.size(); ++l) {
        for (std::size_t i = 0; i < scores[l]->values.size(); ++i, ++index) {
            const float score = 1 / (1 + std::exp(-scores[l]->values[i]));
            if (!(score >= min_score)) continue;
            regions.push_back(region_at(boxes[l]->values.data() + i * numbers, anchor_at(index, count, side), score));
        }
    }
    return regions;
}

}  // namespace mien::face
