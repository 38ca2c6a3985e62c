#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "statistics/several.h"
#include "types/match.h"

namespace mien::statistics {

// What similarities of one template maker mean, measured once: the false match rate from each similarity on.
// Claims end at 3/n for n independent subjects (the rule of three: nothing seen in n tries proves at most 3/n at 95 %).
struct Calibration {
    struct Point {
        float similarity = 0;
        double fmr = 0;  // share of non-mated comparisons at or above it
        double low = 0;  // 95 % interval over subjects
        double high = 0;
        double fnmr = 0;  // share of mated comparisons below it
    };
    std::string maker{};  // model, version, pre-processing
    std::string data{};   // what it was measured on
    std::size_t subjects = 0;
    std::vector<Point> points{};       // similarity rising, fmr falling
    std::optional<Several> several{};  // none: it says nothing about several pictures of a subject

    double claim_limit() const { return subjects == 0 ? 1 : 3.0 / static_cast<double>(subjects); }

    FalseMatchRate at(float similarity) const;

    // The lowest similarity whose false match rate is at most `fmr`. Errors: BadInput below the claim limit or outside
    // 0..1.
    Result<OperatingPoint> threshold_for(double fmr) const;

    double expected_fnmr(float threshold) const;
};

// One template a subject: similarities of all pairs (row by row, i < j) of `subjects` independent subjects; mated
// similarities give the false non-match rates. At most 200 points, intervals by a bootstrap over subjects. Same input,
// same output.
Calibration calibrate(std::span<const float> pairs, std::size_t subjects, std::span<const float> mated);

}  // namespace mien::statistics
