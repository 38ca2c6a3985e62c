#pragma once

#include <string_view>

namespace mien::pipeline {

// The text of models/calibration/faceres.json (templates by --embedder faceres), built into the program.
std::string_view built_in_faceres_calibration();

}  // namespace mien::pipeline
