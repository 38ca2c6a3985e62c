#pragma once

#include <string>

namespace mien {

// The false match rate at a similarity, read off a measured calibration (ISO/IEC 19795-1: FMR).
struct FalseMatchRate {
    enum class Bound {
        Estimate,  // measured
        AtMost,    // the score lies beyond what the calibration's subjects can prove
    };
    double value = 1;  // 0..1
    double low = 0;    // 95 % interval
    double high = 1;
    Bound bound = Bound::Estimate;
};

// The outcome of one comparison.
struct Match {
    float similarity = 0;  // 0..1; comparable only for one maker
    FalseMatchRate fmr{};  // at this similarity
};

// The similarity from which on two samples count as mated, and what it was chosen for.
struct OperatingPoint {
    float threshold = 1;
    double fmr = 0;             // the false match rate it was set for
    std::string measured_on{};  // the calibration's data
};

}  // namespace mien
