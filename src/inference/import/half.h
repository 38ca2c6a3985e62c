#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace mien::inference {

// A 16-bit float (IEEE 754 binary16) as a 32-bit one; exact, subnormals, infinities and not-a-number included.
inline float from_half(std::uint16_t half) {
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1fu;
    const std::uint32_t fraction = half & 0x3ffu;
    if (exponent == 0) {
        const float small = std::ldexp(static_cast<float>(fraction), -24);
        return sign != 0 ? -small : small;
    }
    const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

}  // namespace mien::inference
