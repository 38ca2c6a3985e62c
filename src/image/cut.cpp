#include "image/cut.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace mien::image {

std::optional<Picture> cut(const Picture& picture, const Box& box) {
    const auto within = [](double value, int most) { return static_cast<int>(std::clamp(value, 0.0, double(most))); };
    const int left = within(std::floor(box.x), picture.width());
    const int top = within(std::floor(box.y), picture.height());
    const int right = within(std::ceil(box.x + box.width), picture.width());
    const int bottom = within(std::ceil(box.y + box.height), picture.height());
    if (right <= left || bottom <= top) return {};
    Picture part(Size{right - left, bottom - top});
    for (int y = top; y < bottom; ++y)
        std::memcpy(part.row(y - top), picture.row(y) + std::size_t{3} * static_cast<std::size_t>(left),
                    std::size_t{3} * static_cast<std::size_t>(right - left));
    return part;
}

}  // namespace mien::image
