#include <algorithm>

#include "face/detect/decoders.h"

namespace mien::face {

Landmarks5 mean_landmarks(const Box& box) {
    const auto at = [&box](float x, float y) { return Point{box.x + x * box.width, box.y + y * box.height}; };
    return {at(0.31f, 0.42f), at(0.69f, 0.42f), at(0.5f, 0.60f), at(0.35f, 0.77f), at(0.65f, 0.77f)};
}

std::vector<FaceRegion> ssd_regions(const inference::Tensor& list, std::size_t width, std::size_t height,
                                    float min_score) {
    constexpr std::size_t numbers = 7;
    std::vector<FaceRegion> regions;
    for (std::size_t i = 0; i + numbers <= list.values.size(); i += numbers) {
        const float* v = list.values.data() + i;
        if (v[0] < 0) break;  // the list ends here
        if (!(v[2] >= min_score)) continue;
        const auto w = static_cast<float>(width);
        const auto h = static_cast<float>(height);
        const Box box{v[3] * w, v[4] * h, (v[5] - v[3]) * w, (v[6] - v[4]) * h};
        regions.push_back({box, std::min(v[2], 1.0f), mean_landmarks(box)});
    }
    return regions;
}

}  // namespace mien::face
