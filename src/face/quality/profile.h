#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "types/measure.h"

namespace mien::face {

// What a sample must reach for a purpose.
struct QualityProfile {
    struct Demand {
        QualityComponent component{};
        float least = 0;  // score, 0..100
    };
    std::string name{};
    std::string purpose{};
    float least_unified = 0;  // 0..100
    std::vector<Demand> demands{};
};

// For identity documents, as strict as ISO/IEC 39794-5's portraits: one frontal neutral face, evenly lit.
QualityProfile passport_profile();
// For a person who stands before a door or desk on purpose: near, awake, roughly frontal.
QualityProfile door_profile();
// For whoever passes a camera: only what a template can't do without.
QualityProfile cctv_profile();

// passport, door or cctv. Errors: BadInput, naming the three.
Result<QualityProfile> profile_named(std::string_view name);

}  // namespace mien::face
