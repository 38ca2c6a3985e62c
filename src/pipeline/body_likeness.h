#pragma once

#include <optional>

#include "types/template.h"

namespace mien::pipeline {

// From which cosine on two templates of bodies, each the mean of several pictures, are taken for one person's.
struct BodyLikeness {
    float one_in_hundred = 1;   // of pairs of different people match
    float one_in_thousand = 1;
};

// As measured for a maker by `mien eval reid --thresholds` on rendered people (docs/results.md, People): synthetic, and
// to be replaced by a measurement on people where there is one. None: this maker was never measured, and nobody is to be
// taken for somebody else by its templates.
std::optional<BodyLikeness> body_likeness(const Maker& maker);

}  // namespace mien::pipeline
