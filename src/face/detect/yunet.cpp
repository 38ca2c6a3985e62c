#include <algorithm>
#include <array>
#include <cmath>

#include "face/detect/decoders.h"

namespace mien::face {
namespace {

constexpr std::array<std::size_t, 3> strides{8, 16, 32};

// A damaged model must not give boxes without end.
float extent(float logarithm, float stride) {
    return std::exp(std::clamp(logarithm, -8.0f, 8.0f)) * stride;
}

}  // namespace

std::vector<FaceRegion> yunet_regions(Outputs lists, std::size_t width, float min_score) {
    std::vector<FaceRegion> regions;
    for (std::size_t level = 0; level < strides.size(); ++level) {
        const auto& classes = lists[level].values;
        const auto& objects = lists[3 + level].values;
        const float* boxes = lists[6 + level].values.data();
        const float* points = lists[9 + level].values.data();
        const auto stride = static_cast<float>(strides.at(level));
        const std::size_t columns = width / strides.at(level);
        for (std::size_t i = 0; i < classes.size(); ++i) {
            const float score = std::sqrt(std::clamp(classes[i], 0.0f, 1.0f) * std::clamp(objects[i], 0.0f, 1.0f));
            if (!(score >= min_score)) continue;
            const auto column = static_cast<float>(i % columns);
            const std::size_t line = i / columns;
            const auto row = static_cast<float>(line);
            const float* b = boxes + i * 4;
            const float* p = points + i * 10;
            const auto point = [&](std::size_t n) {
                return Point{(p[2 * n] + column) * stride, (p[2 * n + 1] + row) * stride};
            };
            const float w = extent(b[2], stride);
            const float h = extent(b[3], stride);
            regions.push_back({{(column + b[0]) * stride - w / 2, (row + b[1]) * stride - h / 2, w, h},
                               score,
                               {point(0), point(1), point(2), point(3), point(4)}});
        }
    }
    return regions;
}

}  // namespace mien::face
