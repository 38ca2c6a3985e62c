#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "statistics/verification.h"

namespace mien::statistics {

// One sample of a yes-or-no question, scored; the higher the likelier yes. Subjects are numbered from 0.
struct YesNoSample {
    double score = 0;
    bool yes = false;
    std::uint32_t subject = 0;
};

struct SeparationFigures {
    Interval auc{};           // probability that a yes scores above a no; ties count half
    Interval eer{};           // where the missed share of yes and the alarmed share of no are the same
    Interval recall{};        // share of yes at or above the threshold
    Interval false_alarms{};  // share of no at or above the threshold
    std::size_t yes = 0;
    std::size_t no = 0;
};

// 95 % intervals by a bootstrap over subjects. Same input, same output. Needs a yes and a no; replicates >= 40.
SeparationFigures judge_separation(std::span<const YesNoSample> samples, double threshold, int replicates = 1000);

}  // namespace mien::statistics
