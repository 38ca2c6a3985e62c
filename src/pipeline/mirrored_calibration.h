#pragma once

#include <string_view>

namespace mien::pipeline {

// The text of models/calibration/dlib-face-resnet-mirrored.json (templates by --views 2), built into the program.
std::string_view built_in_mirrored_calibration();

}  // namespace mien::pipeline
