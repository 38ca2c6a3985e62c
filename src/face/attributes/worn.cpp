#include "face/attributes/worn.h"

#include <algorithm>

namespace mien::face {
namespace {

constexpr float least_confidence = 0.75f;

std::variant<WornReading, Unmeasured> reading_of(const Measure& probability) {
    const auto* p = std::get_if<float>(&probability);
    if (p == nullptr) return std::get<Unmeasured>(probability);
    const float confidence = std::max(*p, 1 - *p);
    if (confidence < least_confidence) return Unmeasured::ModelUnsure;
    return WornReading{*p >= 0.5f ? Worn::Yes : Worn::No, confidence};
}

}  // namespace

void add_worn(FaceAttributes& attributes, const Coverings& coverings) {
    attributes.glasses = reading_of(coverings.glasses);
    attributes.dark_glasses = reading_of(coverings.dark_glasses);
    attributes.mask = reading_of(coverings.mask);
    attributes.headwear = reading_of(coverings.headwear);
}

}  // namespace mien::face
