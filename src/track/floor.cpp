#include "track/floor.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "track/counting.h"

namespace mien::track {
namespace {

constexpr std::size_t unknowns = 8;
using Row = std::array<double, unknowns + 1>;

// Gauss with the largest pivot; nothing where the rows depend on each other.
std::optional<std::array<double, unknowns>> solve(std::array<Row, unknowns> rows) {
    for (std::size_t k = 0; k < unknowns; ++k) {
        std::size_t best = k;
        for (std::size_t i = k + 1; i < unknowns; ++i)
            if (std::abs(rows[i][k]) > std::abs(rows[best][k])) best = i;
        std::swap(rows[k], rows[best]);
        if (!(std::abs(rows[k][k]) > 1e-12)) return std::nullopt;
        for (std::size_t i = 0; i < unknowns; ++i) {
            if (i == k) continue;
            const double share = rows[i][k] / rows[k][k];
            for (std::size_t j = k; j <= unknowns; ++j) rows[i][j] -= share * rows[k][j];
        }
    }
    std::array<double, unknowns> x{};
    for (std::size_t k = 0; k < unknowns; ++k) x[k] = rows[k][unknowns] / rows[k][k];
    return x;
}

struct Plain {
    double x = 0;
    double y = 0;
};

// No three on a line: each triangle has an area, compared with the spread of the points.
bool spread(const std::array<Plain, 4>& p) {
    double size = 0;
    for (const Plain& a : p)
        for (const Plain& b : p) size = std::max(size, std::hypot(a.x - b.x, a.y - b.y));
    for (std::size_t i = 0; i < 4; ++i) {
        const Plain a = p[i];
        const Plain b = p[(i + 1) % 4];
        const Plain c = p[(i + 2) % 4];
        const double doubled = std::abs((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
        if (!(doubled > 1e-6 * size * size)) return false;
    }
    return true;
}

// The middle of the picture's points and their reach: numbers near 1 keep the equations well conditioned.
struct Frame {
    Plain middle{};
    double reach = 1;
};
Frame frame_of(const std::array<Plain, 4>& p) {
    Frame frame;
    for (const Plain& q : p) frame.middle = {frame.middle.x + q.x / 4, frame.middle.y + q.y / 4};
    for (const Plain& q : p)
        frame.reach = std::max({frame.reach, std::abs(q.x - frame.middle.x), std::abs(q.y - frame.middle.y)});
    return frame;
}

}  // namespace

Result<FloorPlan> FloorPlan::make(const std::array<Point, 4>& picture, const std::array<FloorPoint, 4>& floor) {
    std::array<Plain, 4> from{};
    std::array<Plain, 4> to{};
    for (std::size_t i = 0; i < 4; ++i) {
        from[i] = {picture[i].x, picture[i].y};
        to[i] = {floor[i].x, floor[i].y};
    }
    const Error fault{Fault::BadInput, "a floor plan needs four points of which no three lie on a line"};
    if (!spread(from) || !spread(to)) return fault;
    const Frame frame = frame_of(from);
    std::array<Row, unknowns> rows{};
    for (std::size_t i = 0; i < 4; ++i) {
        const double x = (from[i].x - frame.middle.x) / frame.reach;
        const double y = (from[i].y - frame.middle.y) / frame.reach;
        rows[2 * i] = {x, y, 1, 0, 0, 0, -x * to[i].x, -y * to[i].x, to[i].x};
        rows[2 * i + 1] = {0, 0, 0, x, y, 1, -x * to[i].y, -y * to[i].y, to[i].y};
    }
    const auto h = solve(rows);
    if (!h) return fault;
    // Undo the frame: h acts on ((x - middle) / reach).
    std::array<double, 9> whole{(*h)[0], (*h)[1], (*h)[2], (*h)[3], (*h)[4], (*h)[5], (*h)[6], (*h)[7], 1};
    for (std::size_t r = 0; r < 3; ++r) {
        double* row = &whole[3 * r];
        row[0] /= frame.reach;
        row[1] /= frame.reach;
        row[2] -= row[0] * frame.middle.x + row[1] * frame.middle.y;
    }
    return FloorPlan(whole);
}

std::optional<FloorPoint> FloorPlan::operator()(Point p) const {
    // Positive where the four points lie: they are on the near side of the horizon.
    const double depth = h_[6] * p.x + h_[7] * p.y + h_[8];
    if (!(depth > 1e-9)) return std::nullopt;
    return FloorPoint{(h_[0] * p.x + h_[1] * p.y + h_[2]) / depth, (h_[3] * p.x + h_[4] * p.y + h_[5]) / depth};
}

Result<HeatMap> HeatMap::make(Size picture, Size grid) {
    constexpr int longest = 4096;
    if (picture.width < 1 || picture.height < 1) return Error{Fault::BadInput, "a heat map needs a picture's size"};
    if (grid.width < 1 || grid.height < 1 || grid.width > longest || grid.height > longest)
        return Error{Fault::BadInput, "a heat map's grid must have 1..4096 cells a side"};
    return HeatMap(picture, grid);
}

void HeatMap::add(std::span<const TrackedRegion> regions, double seconds) {
    for (const TrackedRegion& region : regions) {
        const Point feet = feet_of(region.box);
        const double column = std::floor(static_cast<double>(feet.x) * grid_.width / picture_.width);
        const double row = std::floor(static_cast<double>(feet.y) * grid_.height / picture_.height);
        if (!(column >= 0 && row >= 0 && column < grid_.width && row < grid_.height)) continue;
        seconds_[static_cast<std::size_t>(row) * static_cast<std::size_t>(grid_.width) +
                 static_cast<std::size_t>(column)] += seconds;
    }
}

void Paths::add(std::span<const TrackedRegion> regions) {
    for (const TrackedRegion& region : regions) {
        Path& path = paths_[region.track];
        if (!path.points.empty() && region.at - path.points.back().at < apart_) continue;
        PathPoint point{region.at, feet_of(region.box), std::nullopt};
        if (plan_) point.floor = (*plan_)(point.picture);
        if (!path.points.empty() && point.floor && path.points.back().floor)
            path.metres +=
                std::hypot(point.floor->x - path.points.back().floor->x, point.floor->y - path.points.back().floor->y);
        path.points.push_back(point);
    }
}

Path Paths::take(std::int64_t track) {
    auto node = paths_.extract(track);
    return node ? std::move(node.mapped()) : Path{};
}

}  // namespace mien::track
