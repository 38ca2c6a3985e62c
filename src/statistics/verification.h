#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "statistics/interval.h"

namespace mien::statistics {

// One comparison of two samples, as a judge sees it. Subjects and folds are numbered from 0.
struct Comparison {
    std::optional<float> similarity{};  // none: a sample could not be acquired
    bool mated = false;
    std::uint32_t subject_a = 0;
    std::uint32_t subject_b = 0;
    std::uint32_t fold = 0;
};

// ISO/IEC 19795-1 terms. A failure to acquire is an error everywhere: a mated comparison that failed is a false
// non-match, and in the accuracy a failed comparison of either kind is wrong; a failed non-mated one can't be a false
// match.
struct VerificationFigures {
    Interval accuracy{};  // threshold of each fold chosen on all others (LFW's protocol)
    Interval eer{};
    Interval fnmr_at_fmr_1e_2{};
    Interval fnmr_at_fmr_1e_3{};
    Interval held_out_fmr_1e_2{};   // false match rate on each fold at the threshold that the other folds give for 1e-2
    Interval held_out_fnmr_1e_2{};  // and the false non-match rate there
    Interval failure_to_acquire{};  // share of comparisons with a failed sample
    std::size_t comparisons = 0;
    std::size_t mated = 0;
    std::size_t subjects = 0;
};

// 95 % intervals by a bootstrap over subjects: each replicate draws subjects with replacement; a comparison counts as
// often as its subjects were drawn together (Bolle, Ratha and Pankanti 2004 on why not over comparisons). Same input,
// same output. Needs at least one mated and one non-mated comparison.
VerificationFigures judge_verification(std::span<const Comparison> comparisons, int replicates = 1000);

// Error rates at one threshold that was fixed on other data; failures count as above. Intervals by the same bootstrap.
// Without a mated (or non-mated) comparison the rate is 0 and its count says why.
struct RatesAtThreshold {
    Interval fnmr{};
    Interval fmr{};
    Interval failure_to_acquire{};
    std::size_t mated = 0;
    std::size_t non_mated = 0;
};
RatesAtThreshold judge_at(std::span<const Comparison> comparisons, float threshold, int replicates = 1000);

// A point of the detection error trade-off.
struct ErrorRates {
    float threshold = 0;
    double fmr = 0;
    double fnmr = 0;
};
std::vector<ErrorRates> error_curve(std::span<const Comparison> comparisons);

}  // namespace mien::statistics
