#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "statistics/verification.h"

namespace mien::statistics {

// One picture that was put into one of several classes. Classes are numbered from 0.
struct Decision {
    std::size_t truth = 0;
    std::optional<std::size_t> answer{};  // none: nothing could be said, which is an error
    double confidence = 0;                // in the answer, 0..1
};

struct ClassificationFigures {
    Interval accuracy{};
    Interval balanced_accuracy{};  // mean of the classes' recalls
    Interval macro_f1{};           // mean of the classes' F1
    Interval calibration_error{};  // expected |confidence - accuracy| over ten equal bins; answered ones only
    std::size_t decisions = 0;
    std::vector<std::vector<std::size_t>> confusion{};  // [truth][answer]; one more column: no answer
};

// 95 % intervals by a bootstrap over decisions; classes without a picture are left out of the means. Same input, same
// output. Needs at least one decision, all classes below `classes`.
ClassificationFigures judge_classification(std::span<const Decision> decisions, std::size_t classes,
                                           int replicates = 1000);

}  // namespace mien::statistics
