#pragma once

#include <cstdint>
#include <vector>

#include "types/picture.h"

namespace mien::image {

// What cameras do to pictures, made on purpose, to measure what errors follow. Same input, same output.

// Gaussian blur; sigma in pixels, 0 leaves the picture as it is.
Picture blur(const Picture& picture, float sigma);

// Gaussian noise of the given standard deviation (0..255) on each channel; the seed decides it.
Picture add_noise(const Picture& picture, float deviation, std::uint64_t seed);

// Less light on the sensor: values, taken as linear light (sRGB), times `gain` (0..1), rounded to 8 bits as a camera
// would.
Picture darken(const Picture& picture, float gain);

// A polygon (at least three corners, in pixels) filled with one grey value.
Picture cover(const Picture& picture, const std::vector<Point>& polygon, std::uint8_t grey);

}  // namespace mien::image
