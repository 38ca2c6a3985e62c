#include "gallery/search/similarity.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>

namespace mien::gallery {

float similarity(std::span<const float> a, std::span<const float> b) {
    assert(a.size() == b.size());
    std::array<double, 16> sums{};
    for (std::size_t i = 0; i < a.size(); ++i) sums[i % 16] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    for (std::size_t half = 8; half > 0; half /= 2) {
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
        double squares = 0;
        for (const float value : values.subspan(i * dimension, dimension)) {
            squares += static_cast<double>(value) * static_cast<double>(value);
        }
        // Not finite in any number: the sum is not finite, and the comparison false.
        const double length = std::sqrt(squares);
        if (!(std::abs(length - 1) <= 1e-3)) {
            return Error{Fault::BadInput,
                         "vector " + std::to_string(i) + " must have length 1, has " + std::to_string(length)};
        }
    }
    return {};
}

}  // namespace mien::gallery
