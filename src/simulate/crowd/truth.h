#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulate/dice.h"
#include "types/geometry.h"

namespace mien::simulate {

// A counting line from a to b, in pixels. With x right and y down, *in* is a crossing by the foot point from c < 0 to
// c > 0 where c = (bx-ax)(py-ay) - (by-ay)(px-ax); only the segment counts.
struct CountingLine {
    std::string name{};
    Point a{};
    Point b{};
    float side(Point p) const { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x); }
};

struct Zone {
    std::string name{};
    std::vector<Point> corners{};
    bool holds(Point p) const;  // even-odd rule
};

enum class Direction { In, Out };

// Tells for one person and one line when they cross. Who stops on the line (c = 0) has crossed only once they leave it
// on the other side. Thread rule: one owner.
class CrossingWatch {
public:
    explicit CrossingWatch(const CountingLine& line) : line_(line) {}
    // The next foot point of an unbroken path; nothing where they were out of sight, which ends the path.
    std::optional<Direction> see(std::optional<Point> foot);

private:
    CountingLine line_;
    std::optional<Point> last_{};  // with c != 0
};

// One person in one frame of one camera.
struct TruthRow {
    int frame = 0;         // from 1, as MOTChallenge counts
    int person = 0;        // from 1
    Box box{};             // of the whole body, also where it is hidden or outside the picture
    Point foot{};          // of the body's middle on the floor, in the picture
    float visibility = 0;  // 0..1
};

// What a detector might report: misses more of what is hidden, shifts boxes, invents some. MOTChallenge's det format.
struct Detection {
    int frame = 0;
    Box box{};
    float confidence = 0;
};
struct DetectorFaults {
    float miss = 0.05f;         // of what is wholly visible
    float jitter = 0.03f;       // standard deviation of borders over the box's side
    float false_alarms = 0.1f;  // a frame
};
std::vector<Detection> detect(const std::vector<TruthRow>& rows, int frames, Size size, const DetectorFaults& faults,
                              Dice dice);

}  // namespace mien::simulate
