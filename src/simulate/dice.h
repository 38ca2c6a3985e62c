#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mien::simulate {

// A stream of random numbers that is the same on every machine: the standard library's distributions are not.
// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Thread rule: one owner.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    // An independent stream for one purpose: what one person does must not change when another rolls once more.
    Dice branch(std::uint64_t purpose) const {
        Dice child(state_ ^ (purpose * 0xD1B54A32D192ED03ULL));
        child.next();
        return child;
    }
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    float unit() { return static_cast<float>(next() >> 40) * 0x1p-24f; }  // 0 <= x < 1
    float between(float low, float high) { return low + (high - low) * unit(); }
    bool chance(float probability) { return unit() < probability; }
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }  // count > 0
    template <class T>
    const T& one_of(std::span<const T> choices) {
        return choices[below(choices.size())];
    }
    // Standard normal (Box and Muller 1958).
    float normal() {
        const float radius = std::sqrt(-2.0f * std::log(1.0f - unit()));
        return radius * std::cos(6.2831853f * unit());
    }

private:
    std::uint64_t state_;
};

}  // namespace mien::simulate
