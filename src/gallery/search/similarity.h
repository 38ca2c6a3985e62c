#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace mien::gallery {

inline constexpr std::size_t max_dimension = 2048;

// The inner product of two vectors of one dimension, defined to the last bit so that every kernel, engine and machine
// gives the same number: 16 partial sums in double, sum j taking the products of the elements i with i % 16 == j in
// rising order; then sums j and j + 8 are added, then j and j + 4, j + 2, j + 1; the result is rounded to float once.
// (A product of two floats is exact in double, so a fused multiply-add gives the same.)
float similarity(std::span<const float> a, std::span<const float> b);

// Refuses values that are not `count` vectors of `dimension` finite numbers of length 1 within 1e-3 (BadInput).
Status check_unit_vectors(std::span<const float> values, std::size_t count, std::size_t dimension);

}  // namespace mien::gallery
