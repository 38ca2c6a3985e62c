#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "statistics/interval.h"
#include "track/counting.h"

namespace mien::eval {

// A crossing, counted by hand or by a machine.
struct CountedCrossing {
    int frame = 0;  // from 0
    track::Direction direction = track::Direction::In;
    std::optional<int> tolerance{};  // frames by which the hand count may err
};

// A document with "crossings" (or "events"), or one JSON object a line: those with a "direction" ("in", "out") and a
// "frame" are crossings, "tolerance_frames" is optional. Errors: BadInput.
Result<std::vector<CountedCrossing>> read_crossings(ByteView json);

struct CountingRun {
    int truth_in = 0;
    int truth_out = 0;
    int counted_in = 0;
    int counted_out = 0;
    statistics::Interval error_in{};   // counted less true
    statistics::Interval error_out{};  // likewise
    statistics::Interval error{};      // |error_in| + |error_out| as a share of all true crossings; NaN without one
    statistics::Interval precision{};  // share of the counted that are matched; NaN without one
    statistics::Interval recall{};     // share of the true that are matched; NaN without one
    std::vector<CountedCrossing> missed{};
    std::vector<CountedCrossing> invented{};
};

// Each true crossing with at most one counted of the same direction, at most its tolerance away (`tolerance` where it
// has none), as many as possible and of those the nearest. Intervals: 95 %, bootstrap over true and invented crossings.
CountingRun judge_counting(const std::vector<CountedCrossing>& counted, const std::vector<CountedCrossing>& truth,
                           int tolerance);

}  // namespace mien::eval
