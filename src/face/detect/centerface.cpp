#include <algorithm>
#include <cmath>

#include "face/detect/decoders.h"

namespace mien::face {
namespace {

constexpr int stride = 4;  // canvas pixels for each cell of the maps

// One channel of a 1 x C x H x W tensor.
class Plane {
public:
    Plane(const inference::Tensor& tensor, std::size_t channel)
        : width_(tensor.shape[3]), values_(tensor.values.data() + channel * tensor.shape[2] * width_) {}
    float at(std::size_t y, std::size_t x) const { return values_[y * width_ + x]; }

private:
    std::size_t width_;
    const float* values_;
};

// Sizes are logarithms of cells; a damaged model must not give boxes without end.
float extent(float logarithm) {
    return std::exp(std::clamp(logarithm, -8.0f, 8.0f)) * stride;
}

FaceRegion region_at(std::span<const inference::Tensor> maps, std::size_t y, std::size_t x, float score) {
    const float height = extent(Plane(maps[1], 0).at(y, x));
    const float width = extent(Plane(maps[1], 1).at(y, x));
    const float centre_y = (static_cast<float>(y) + Plane(maps[2], 0).at(y, x) + 0.5f) * stride;
    const float centre_x = (static_cast<float>(x) + Plane(maps[2], 1).at(y, x) + 0.5f) * stride;
    const Box box{centre_x - width / 2, centre_y - height / 2, width, height};
    const auto landmark = [&](std::size_t i) {
        return Point{box.x + Plane(maps[3], 2 * i + 1).at(y, x) * width,
                     box.y + Plane(maps[3], 2 * i).at(y, x) * height};
    };
    return {box, score, {landmark(0), landmark(1), landmark(2), landmark(3), landmark(4)}};
}

}  // namespace

std::vector<FaceRegion> centerface_regions(Outputs maps, float min_score) {
    std::vector<FaceRegion> regions;
    const Plane heat(maps[0], 0);
    for (std::size_t y = 0; y < maps[0].shape[2]; ++y) {
        for (std::size_t x = 0; x < maps[0].shape[3]; ++x) {
            const float score = heat.at(y, x);
            if (score >= min_score) regions.push_back(region_at(maps, y, x, std::min(score, 1.0f)));
        }
    }
    return regions;
}

}  // namespace mien::face
