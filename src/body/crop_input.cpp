#include "body/crop_input.h"

#include <algorithm>

namespace mien::body {

bool meets(const Picture& picture, const Box& box) {
    const float right = std::min(box.x + box.width, static_cast<float>(picture.width()));
    const float bottom = std::min(box.y + box.height, static_cast<float>(picture.height()));
    return right - std::max(box.x, 0.0f) >= 1 && bottom - std::max(box.y, 0.0f) >= 1;
}

inference::Tensor blue_green_red(const Picture& crop) {
    const auto width = static_cast<std::size_t>(crop.width());
    const auto height = static_cast<std::size_t>(crop.height());
    inference::Tensor tensor{{1, 3, height, width}, std::vector<float>(3 * width * height)};
    const std::span<const std::uint8_t> pixels = crop.pixels();
    for (std::size_t i = 0; i < width * height; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            tensor.values[c * width * height + i] = static_cast<float>(pixels[3 * i + 2 - c]);
    return tensor;
}

}  // namespace mien::body
