#pragma once

#include <array>
#include <string>
#include <vector>

#include "eval/mot.h"
#include "statistics/interval.h"

namespace mien::eval {

// HOTA is the mean over these thresholds of IoU: 0.05, 0.10, … 0.95.
inline constexpr std::size_t hota_thresholds = 19;

// What one identity of the truth adds to all figures. A result's false alarms are charged to the identity that the
// track meets most often; a track that meets none is a unit of its own. Sums over units give every figure.
struct TrackingSums {
    double truth = 0;         // boxes
    double found = 0;         // boxes
    double matches = 0;       // with switches
    double switches = 0;      // matched, but by another track than the last time
    double fragments = 0;     // followed, lost, followed again
    double false_alarms = 0;  // boxes
    double distance = 0;      // 1 - IoU over all matches
    double identity = 0;      // boxes rightly named under the best one-to-one naming of whole tracks
    double mostly_tracked = 0;
    double partly_tracked = 0;
    double mostly_lost = 0;
    std::array<double, hota_thresholds> right{};        // true positives
    std::array<double, hota_thresholds> wrong{};        // false positives
    std::array<double, hota_thresholds> association{};  // over true positives: TPA / (TPA + FNA + FPA)
    std::array<double, hota_thresholds> location{};     // over true positives: IoU
    TrackingSums& operator+=(const TrackingSums& other);
};

struct TrackingFigure {
    std::string name{};  // hota, deta, assa, loca, mota, motp, idf1, idp, idr, …, switches, fragmentations, …
    statistics::Interval value{};
};
struct TrackingRun {
    std::vector<TrackingFigure> figures{};
    std::size_t sequences = 0;
    std::size_t identities = 0;
    std::size_t truth_boxes = 0;
    std::size_t found_boxes = 0;
    bool drawn_by_sequence = false;  // what the bootstrap drew: sequences, or identities
};

// One element a unit (see there) of one film.
// CLEAR MOT as Bernardin and Stiefelhagen 2008 with matches at IoU >= 0.5 carried on, IDF1 as arXiv 1609.01775, HOTA
// as arXiv 2009.07736; checked against motmetrics 1.4.0 and trackeval 1.3.0 by tests/golden/tracking_check.py.
// Errors: BadInput for more than 25 million pairs of identity and track.
Result<std::vector<TrackingSums>> sum_tracking(const MotSequence& sequence);

// All figures; motp is the mean of 1 - IoU over the matches, as motmetrics has it (0 is best), and NaN without one.
// Intervals: 95 %, bootstrap over sequences if there are ten, else over identities. Errors: BadInput where no truth has
// a box.
Result<TrackingRun> judge_tracking(const std::vector<MotSequence>& sequences);

}  // namespace mien::eval
