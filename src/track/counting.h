#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "types/track.h"

namespace mien::track {

// A number of events of which each is true only with some probability.
struct Count {
    int value = 0;  // as counted
    int low = 0;    // 95 %
    int high = 0;
};
// The number of true ones among independent events is Poisson-binomial; low and high are its 2.5 % and 97.5 %
// quantiles, widened to hold `value`. Exact up to 4096 events, beyond it by the normal distribution of the same mean
// and variance.
Count count_of(int value, std::span<const double> probabilities);

// The midpoint of the feet: what crosses lines, enters zones and walks on the floor.
Point feet_of(const Box& box);

// A line from A to B. With x right and y down, *in* is a crossing of the feet from c < 0 to c > 0, where
// c = (bx-ax)(py-ay) - (by-ay)(px-ax); only the segment counts, not its extension.
struct Line {
    Point a{};
    Point b{};
};
enum class Direction { In, Out };

// A person who is over the line by less than `margin` of their height has not crossed yet: shaking, turning back and
// standing on the line count nothing. Crossing is told when it is sure, with the frame in which it happened.
struct Crossing {
    std::int64_t track = 0;
    int frame = 0;  // the first one on the other side
    std::chrono::milliseconds at{0};
    Direction direction = Direction::In;
    double confidence = 0;  // 0..1: mean score of the track's detections from one side of the margin to the other
};

struct LineOptions {
    double margin = 0.05;                    // share of the body's height, 0..1
    std::chrono::milliseconds forget{5000};  // a track unseen for longer begins anew
};

// Thread rule: one owner.
class LineCounter {
public:
    // Errors: BadInput where A is B or not finite, or the margin is outside 0..1.
    static Result<LineCounter> make(const Line& line, const LineOptions& options = {});

    // The regions of one frame; frames must rise.
    std::vector<Crossing> step(std::span<const TrackedRegion> regions);

    // Uncounted, but perhaps true, are those who vanished within the margin beyond the line: each with half its score.
    Count count(Direction direction) const;

private:
    struct Walker {
        Point feet{};
        int side = 0;   // the last one left by more than the margin, or where the track began: -1, 1; 0: on the line
        int under = 0;  // the sign of c when last not 0
        std::optional<Crossing> pending{};  // over the line, not yet beyond the margin
        bool on_segment = false;            // where it went over
        double scores = 0;
        int seen = 0;  // detections since the margin was entered
        std::chrono::milliseconds at{0};
    };
    LineCounter(const Line& line, const LineOptions& options) : line_(line), options_(options) {}
    double signed_distance(Point p) const;
    bool passes_segment(Point from, Point to) const;
    std::optional<Crossing> walk(Walker& walker, const TrackedRegion& region);
    void forget(std::chrono::milliseconds now);

    Line line_;
    LineOptions options_;
    std::unordered_map<std::int64_t, Walker> walkers_{};
    std::vector<Crossing> crossings_{};
    std::vector<Crossing> vanished_{};
};

}  // namespace mien::track
