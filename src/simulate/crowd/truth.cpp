#include "simulate/crowd/truth.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mien::simulate {
namespace {

// Whether the way from p to q meets the segment a–b; p and q lie on different sides of its line.
bool meets(const CountingLine& line, Point p, Point q) {
    const CountingLine way{"", p, q};
    const float a = way.side(line.a);
    const float b = way.side(line.b);
    return (a <= 0 && b >= 0) || (a >= 0 && b <= 0);
}

}  // namespace

bool Zone::holds(Point p) const {
    bool inside = false;
    for (std::size_t i = 0, k = corners.size() - 1; i < corners.size(); k = i++) {
        const Point& u = corners[i];
        const Point& v = corners[k];
        if ((u.y > p.y) != (v.y > p.y) && p.x < (v.x - u.x) * (p.y - u.y) / (v.y - u.y) + u.x) inside = !inside;
    }
    return inside;
}

std::optional<Direction> CrossingWatch::see(std::optional<Point> foot) {
    if (!foot) {
        last_.reset();
        return std::nullopt;
    }
    const float now = line_.side(*foot);
    if (now == 0) return std::nullopt;
    const std::optional<Point> before = std::exchange(last_, foot);
    if (!before || (line_.side(*before) > 0) == (now > 0) || !meets(line_, *before, *foot)) return std::nullopt;
    return now > 0 ? Direction::In : Direction::Out;
}

std::vector<Detection> detect(const std::vector<TruthRow>& rows, int frames, Size size, const DetectorFaults& faults,
                              Dice dice) {
    std::vector<Detection> found;
    for (const TruthRow& row : rows) {
        // Nothing below a quarter of a body is found; from there misses fall to `miss` for a whole one.
        const float hidden = std::clamp((1 - row.visibility) / 0.75f, 0.0f, 1.0f);
        const bool missed = dice.chance(faults.miss + (1 - faults.miss) * hidden * hidden);
        const float dx = dice.normal() * faults.jitter * row.box.width;
        const float dy = dice.normal() * faults.jitter * row.box.height;
        const float wider = 1 + dice.normal() * faults.jitter;
        const float higher = 1 + dice.normal() * faults.jitter;
        const float confidence = std::clamp(0.95f - 0.5f * hidden + 0.05f * dice.normal(), 0.3f, 1.0f);
        if (missed) continue;
        found.push_back(
            {row.frame,
             {row.box.x + dx - row.box.width * (wider - 1) / 2, row.box.y + dy - row.box.height * (higher - 1) / 2,
              row.box.width * wider, row.box.height * higher},
             confidence});
    }
    for (int frame = 1; frame <= frames; ++frame) {
        if (!dice.chance(faults.false_alarms)) continue;
        const float height = static_cast<float>(size.height) * dice.between(0.1f, 0.4f);
        const float width = height * dice.between(0.3f, 0.5f);
        found.push_back({frame,
                         {dice.between(0, static_cast<float>(size.width) - width),
                          dice.between(0, static_cast<float>(size.height) - height), width, height},
                         dice.between(0.3f, 0.7f)});
    }
    std::ranges::stable_sort(found, {}, &Detection::frame);
    return found;
}

}  // namespace mien::simulate
