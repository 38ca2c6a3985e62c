#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "statistics/calibration.h"
#include "types/template.h"

namespace mien::pipeline {

// Calibrations as JSON files: {"maker", "data", "subjects", "points": [[similarity, fmr, low, high, fnmr], …]}, perhaps
// with "several": {"centre", "slope"}, "misses": [[similarity, fnmr, low, high], …] and "tail": {"start", "clustering",
// "fit": [share, shape, scale], "replicates": […]} (statistics/several.h, tail.h).
// Errors: Corrupt for anything else, or for points that are not in order.
Result<statistics::Calibration> read_calibration(ByteView json);
std::string to_json(const statistics::Calibration& calibration);

std::string calibration_name(const Maker& maker);  // "model version, pre-processing"

// The calibration that is shipped for a maker. Errors: Unavailable when there is none.
Result<statistics::Calibration> shipped_calibration(const Maker& maker);

// The text of models/calibration/dlib-face-resnet.json, built into the program.
std::string_view built_in_calibration();

}  // namespace mien::pipeline
