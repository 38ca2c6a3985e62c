#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "statistics/several.h"
#include "statistics/tail.h"
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
    // Beyond the points, for thresholds by FPIR; none where there were too few subjects.
    std::optional<TailModel> tail{};
    struct Miss {
        float similarity = 0;
        double fnmr = 0;  // share of mated comparisons below it
        double low = 0;   // 95 % interval over subjects
        double high = 0;
    };
    std::vector<Miss> misses{};  // similarity rising; none without mated comparisons

    double claim_limit() const { return subjects == 0 ? 1 : 3.0 / static_cast<double>(subjects); }

    FalseMatchRate at(float similarity) const;

    // The lowest similarity whose false match rate is at most `fmr`. Errors: BadInput below the claim limit or outside
    // 0..1.
    Result<OperatingPoint> threshold_for(double fmr) const;

    double expected_fnmr(float threshold) const;

    // With the tail: goes on where the points end, down to TailModel::lowest_fmr(), and says how sure the threshold is.
    // Errors: Unavailable without a tail, BadInput as threshold_for and TailModel::threshold_for_fmr.
    Result<TailThreshold> threshold_between(double fmr) const;
    // The same for the false positive identification rate of a gallery of so many subjects.
    Result<TailThreshold> threshold_at_n(double fpir, double enrolled) const;
    Interval fmr_between(float threshold) const;                    // needs a tail
    Interval fpir_between(float threshold, double enrolled) const;  // needs a tail
    std::optional<Interval> misses_at(float threshold) const;       // none without mated comparisons
};

// A mated comparison and whose it is, subjects numbered from 0.
struct MatedScore {
    float similarity = 0;
    std::uint32_t subject = 0;
};
// At most 100 steps of the share of mated comparisons below a similarity; a bootstrap over subjects.
std::vector<Calibration::Miss> miss_rates(std::span<const MatedScore> mated, int replicates = 200);

// What a day of searches brings at an operating point.
struct SearchLoad {
    double searches = 0;      // a day
    double wanted_share = 0;  // 0..1, of those searched for who are in the gallery
};
struct ExpectedAlerts {
    Interval false_alarms{};  // a day
    Interval true_alerts{};   // a day
    Interval right{};         // share of alerts that are right (positive predictive value)
};
// The ends of `right` take both rates at their worse or better ends, so that the interval is wider than 95 %.
ExpectedAlerts expected_alerts(const SearchLoad& load, const Interval& fpir, const Interval& fnir);

// One template a subject: similarities of all pairs (row by row, i < j) of `subjects` independent subjects; mated
// similarities give the false non-match rates. At most 200 points, intervals by a bootstrap over subjects. Same input,
// same output.
Calibration calibrate(std::span<const float> pairs, std::size_t subjects, std::span<const float> mated);

}  // namespace mien::statistics
