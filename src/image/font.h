#pragma once

#include <cstdint>
#include <span>

namespace mien::image {

// DejaVu Sans (Debian's fonts-dejavu-core), built into the program.
std::span<const std::uint8_t> font_bytes();

}  // namespace mien::image
