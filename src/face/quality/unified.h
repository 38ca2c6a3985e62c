#pragma once

#include "types/measure.h"

namespace mien::face {

// One score, 0..100: how well a template of this sample will match another sample of its subject. A straight line in
// the measures that turned out to tell, its coefficients fitted on half of lfw-dev's subjects with added blur, noise,
// darkness, compression and reduction (docs/results.md; tests/golden/fit_quality.py), less what dark glasses and masks
// take where they are sure. Our own, not the standard's.
Measure unified_score(const std::vector<QualityMeasure>& measures, float detector_score);

}  // namespace mien::face
