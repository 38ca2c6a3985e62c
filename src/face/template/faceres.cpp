#include "face/template/faceres.h"

#include <array>
#include <cassert>

namespace mien::face {

inference::Tensor faceres_input(const Picture& crop) {
    assert(crop.width() == faceres_side && crop.height() == faceres_side);
    constexpr std::array<float, 3> means{103.939f, 116.779f, 123.68f};
    constexpr std::size_t side = faceres_side;
    inference::Tensor tensor{{1, side, side, 3}, std::vector<float>(side * side * 3)};
    const auto pixels = crop.pixels();
    for (std::size_t i = 0; i < pixels.size(); i += 3)
        for (std::size_t c = 0; c < 3; ++c) tensor.values[i + c] = static_cast<float>(pixels[i + 2 - c]) - means.at(c);
    return tensor;
}

}  // namespace mien::face
