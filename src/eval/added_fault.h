#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "types/picture.h"

namespace mien::eval {

// A fault added to a picture on purpose, with its strength.
struct AddedFault {
    enum class Kind { None, Blur, Noise, Darkness, Jpeg, Reduction };
    Kind kind = Kind::None;
    // Blur: sigma in pixels. Noise: standard deviation in grey values. Darkness: share of the light that is left.
    // Jpeg: quality 1..100. Reduction: share of the sides that is left before they are brought back.
    float strength = 0;
    std::string name() const;  // "blur 2"
};

// What the quality evaluation adds: nothing, or one of five faults in three strengths.
std::vector<AddedFault> quality_faults();

// Errors: the codec's.
Result<Picture> degraded(const Picture& picture, const AddedFault& fault, std::uint64_t seed);

}  // namespace mien::eval
