#include "gallery/search/similarity.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>

namespace mien::gallery {

float similarity(std::span<const float> a, std::span<const float> b) {
    assert(a.size() == b.size());
    constexpr std::size_t lanes = 16;
    std::array<double, lanes> sums{};
    const auto term = [&](std::size_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); };
    std::size_t i = 0;
    for (; i + lanes <= a.size(); i += lanes) {
        for (std::size_t j = 0; j < lanes; ++j) sums[j] += term(i + j);
    }
    for (; i < a.size(); ++i) sums[i % lanes] += term(i);
    for (std::size_t half = lanes / 2; half > 0; half /= 2) {
        for (std::size_t j = 0; j < half; ++j) sums[j] += sums[j + half];
    }
    return static_cast<float>(sums[0]);
}

Status check_unit_vectors(std::span<const float> values, std::size_t count, std::size_t dimension) {
    if (count == 0) return Error{Fault::BadInput, "no vector was given"};
    if (values.size() != count * dimension) {
        return Error{Fault::BadInput, std::to_string(count) + " vectors of " + std::to_string(dimension) +
                                          " numbers are " + std::to_string(count * dimension) + ", got " +
                                          std::to_string(values.size())};
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::span<const float> own = values.subspan(i * dimension, dimension);
        // Not finite in any number: the sum is not finite, and the comparison false.
        const double length = std::sqrt(static_cast<double>(similarity(own, own)));
        if (!(std::abs(length - 1) <= 1e-3)) {
            return Error{Fault::BadInput,
                         "vector " + std::to_string(i) + " must have length 1, has " + std::to_string(length)};
        }
    }
    return {};
}

}  // namespace mien::gallery
