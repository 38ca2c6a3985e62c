#pragma once

#include <optional>

#include "types/template.h"

namespace mien::pipeline {

// From which cosines on templates of bodies are taken for one person's.
struct BodyLikeness {
    // One picture against the mean of a track's, by one camera.
    float alike = 1;       // one in a hundred pairs of different people matches: speaks for a pair that overlaps
    float same_again = 1;  // one in a thousand: enough to know somebody again elsewhere
    // The means of two visits, by one camera or two: one in a thousand, because each is compared with all before it.
    // None: measured, and found not to hold on films of people.
    std::optional<float> same_visitor{};
};

// As measured for a maker by `mien eval reid --thresholds` on rendered people (docs/results.md, People): synthetic, and
// to be replaced by a measurement on people where there is one. None: this maker was never measured, and nobody is to
// be taken for somebody else by its templates.
std::optional<BodyLikeness> body_likeness(const Maker& maker);

}  // namespace mien::pipeline
