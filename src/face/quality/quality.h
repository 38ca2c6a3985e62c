#pragma once

#include <variant>

#include "face/quality/profile.h"
#include "types/attributes.h"
#include "types/measure.h"
#include "types/mesh.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// What a quality judgement stands on.
struct QualitySample {
    const Picture& picture;
    const FaceRegion& region;
    const FaceMesh& mesh;
    Pose pose{};
    float second_face = 0;  // area of the largest other face over this one's; 0: there is none
    // For the neutral expression; measured only where somebody asked for attributes.
    std::variant<ExpressionReading, Unmeasured> expression = Unmeasured::NotAsked;
};

// Every component measure with native value, score and advice, the unified score, and whether the profile is met.
// A demand that can't be measured here (no model for it) is left out of that judgement and shown as not measured.
Quality quality_of(const QualitySample& sample, const QualityProfile& profile);

// Whether a judgement made by one profile would pass another.
bool passes(const Quality& quality, const QualityProfile& profile);

// For a face whose mesh could not be laid: nothing is measured, nothing acceptable.
Quality unmeasured_quality(Unmeasured why);

}  // namespace mien::face
