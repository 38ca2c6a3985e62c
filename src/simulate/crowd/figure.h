#pragma once

#include <variant>

#include "simulate/people/cutout.h"
#include "simulate/people/walker.h"
#include "simulate/scene/rasterise.h"

namespace mien::simulate {

// Someone who can be put into a scene: rendered, or cut out of a real clip.
using Figure = std::variant<Walker, Cutout>;

inline Layer draw(const Figure& figure, float walked, bool moving, const Placement& placement, const Camera& camera,
                  const Light& light) {
    if (const auto* cutout = std::get_if<Cutout>(&figure)) return cutout->draw(walked, placement, camera);
    const auto& walker = std::get<Walker>(figure);
    const float cycles = walked / walker.cycle_length();
    const int phase = moving ? static_cast<int>((cycles - std::floor(cycles)) * gait_phases) % gait_phases : standing;
    return rasterise(walker, phase, placement, camera, light);
}

}  // namespace mien::simulate
