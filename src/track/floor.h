#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "types/track.h"

namespace mien::track {

// Metres on the floor; x and y as on the plan that the four points were taken from.
struct FloorPoint {
    double x = 0;
    double y = 0;
};

// From the picture to the floor: the homography that takes four points of the one to four of the other.
// Source: R. Hartley, A. Zisserman, Multiple View Geometry, 2nd ed., section 4.1. Thread rule: const calls at any time.
class FloorPlan {
public:
    // Errors: BadInput where three of the four points lie on a line, or one is not finite.
    static Result<FloorPlan> make(const std::array<Point, 4>& picture, const std::array<FloorPoint, 4>& floor);

    // Nothing for a point at or above the floor's horizon.
    std::optional<FloorPoint> operator()(Point p) const;

private:
    explicit FloorPlan(const std::array<double, 9>& h) : h_(h) {}
    std::array<double, 9> h_;
};

// Where people spend their time: seconds by cell of a grid over the picture. Thread rule: one owner.
class HeatMap {
public:
    // Errors: BadInput for a picture without area, or a grid side outside 1..4096.
    static Result<HeatMap> make(Size picture, Size grid);

    void add(std::span<const TrackedRegion> regions, double seconds);  // feet outside the picture count nowhere
    Size grid() const { return grid_; }
    const std::vector<double>& seconds() const { return seconds_; }  // row by row

private:
    HeatMap(Size picture, Size grid)
        : picture_(picture),
          grid_(grid),
          seconds_(static_cast<std::size_t>(grid.width) * static_cast<std::size_t>(grid.height)) {}
    Size picture_;
    Size grid_;
    std::vector<double> seconds_;
};

struct PathPoint {
    std::chrono::milliseconds at{0};
    Point picture{};
    std::optional<FloorPoint> floor{};
};
struct Path {
    std::vector<PathPoint> points{};
    double metres = 0;  // along the points; 0 without a floor plan
};

// The ways of tracks, a point every `apart` at most. Thread rule: one owner.
class Paths {
public:
    Paths(std::chrono::milliseconds apart, const std::optional<FloorPlan>& plan) : apart_(apart), plan_(plan) {}
    void add(std::span<const TrackedRegion> regions);
    Path take(std::int64_t track);  // and forgets it; empty for one unknown

private:
    std::chrono::milliseconds apart_;
    std::optional<FloorPlan> plan_;
    std::map<std::int64_t, Path> paths_{};
};

}  // namespace mien::track
