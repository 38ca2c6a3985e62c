#pragma once

#include <string>

#include "statistics/calibration.h"

namespace mien::eval {

// What a calibration's page shows besides its curves.
struct CalibrationView {
    std::string title{};
    std::string summary{};  // plain sentences, put into the page as text
    double enrolled = 1;    // N
    float threshold = 0;
};

// A page with the detection error trade-off, FNIR against FPIR at N, and the rates by threshold with the fitted tail.
std::string calibration_page(const statistics::Calibration& calibration, const CalibrationView& view);

}  // namespace mien::eval
