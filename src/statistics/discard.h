#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "statistics/verification.h"

namespace mien::statistics {

// One mated comparison as a quality score's judge sees it.
struct QualityTrial {
    float quality = 0;    // of the worse sample; any unit, higher is better
    bool missed = false;  // a false non-match, or a sample that could not be acquired
    std::uint32_t subject = 0;
};

// The error-versus-discard characteristic (Grother and Tabassi 2007; ISO/IEC 29794-1): FNMR at a fixed threshold of
// what is left after the comparisons of lowest quality are discarded.
struct DiscardCurve {
    struct Point {
        double discarded = 0;  // share, 0..1
        double fnmr = 0;
    };
    std::vector<Point> points{};  // at 0, 1, … 50 %
    // Mean FNMR over discards up to 20 %, over the FNMR without discarding: 1 tells nothing. Interval over subjects.
    Interval area{};
    double best_area = 0;  // of a score that knows the outcome
};

// Equal qualities are discarded in proportion, so that their order doesn't matter. Needs at least one missed trial.
DiscardCurve error_versus_discard(std::span<const QualityTrial> trials, int replicates = 500);

}  // namespace mien::statistics
