#include "track/zone.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "track/counting.h"

namespace mien::track {
namespace {

double distance_to_segment(Point a, Point b, Point p) {
    const double dx = static_cast<double>(b.x) - a.x;
    const double dy = static_cast<double>(b.y) - a.y;
    const double along = ((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy);
    const double t = std::clamp(std::isfinite(along) ? along : 0.0, 0.0, 1.0);
    return std::hypot(p.x - (a.x + t * dx), p.y - (a.y + t * dy));
}

}  // namespace

Result<Zone> Zone::make(std::vector<Point> corners, const ZoneOptions& options) {
    if (corners.size() < 3) return Error{Fault::BadInput, "a zone needs three corners"};
    double doubled_area = 0;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const Point a = corners[i];
        const Point b = corners[(i + 1) % corners.size()];
        if (!std::isfinite(a.x) || !std::isfinite(a.y)) return Error{Fault::BadInput, "a zone's corner is no number"};
        doubled_area += static_cast<double>(a.x) * b.y - static_cast<double>(b.x) * a.y;
    }
    if (!(std::abs(doubled_area) > 1e-6)) return Error{Fault::BadInput, "a zone's corners lie on one line"};
    if (!(options.margin >= 0 && options.margin <= 1))
        return Error{Fault::BadInput, "a zone's margin must be 0..1, got " + std::to_string(options.margin)};
    return Zone(std::move(corners), options);
}

bool Zone::holds(Point p) const {
    bool inside = false;
    for (std::size_t i = 0; i < corners_.size(); ++i) {
        const Point a = corners_[i];
        const Point b = corners_[(i + 1) % corners_.size()];
        if ((a.y > p.y) == (b.y > p.y)) continue;
        const double x = a.x + (static_cast<double>(p.y) - a.y) * (static_cast<double>(b.x) - a.x) /
                                   (static_cast<double>(b.y) - a.y);
        if (p.x < x) inside = !inside;
    }
    return inside;
}

double Zone::distance_to_border(Point p) const {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < corners_.size(); ++i)
        nearest = std::min(nearest, distance_to_segment(corners_[i], corners_[(i + 1) % corners_.size()], p));
    return nearest;
}

std::optional<ZoneEvent> Zone::visit(Visitor& visitor, const TrackedRegion& region, bool first) {
    const Point feet = feet_of(region.box);
    const bool inside = holds(feet);
    visitor.seen = region.at;
    visitor.frame = region.frame;
    if (inside == visitor.inside) {
        visitor.change.reset();
    } else if (!visitor.change) {
        visitor.change = ZoneEvent{
            region.track, region.frame, region.at, inside ? ZoneEvent::What::Entered : ZoneEvent::What::Left, {}, 0};
    }
    if (inside || visitor.inside) {
        visitor.scores += region.score;
        ++visitor.detections;
    }
    // Who appears inside is inside; everybody else must go beyond the margin.
    if (!visitor.change || (!first && distance_to_border(feet) <= options_.margin * region.box.height))
        return std::nullopt;
    ZoneEvent event = *visitor.change;
    visitor.change.reset();
    visitor.inside = inside;
    event.confidence = visitor.scores / visitor.detections;
    if (inside) {
        visitor.entered = event.at;
    } else {
        event.dwell = event.at - visitor.entered;
        visitor.scores = 0;
        visitor.detections = 0;
    }
    return event;
}

void Zone::count(const ZoneEvent& event) {
    occupancy_ = std::max(0, occupancy_ + (event.what == ZoneEvent::What::Entered ? 1 : -1));
}

std::vector<ZoneEvent> Zone::step(std::span<const TrackedRegion> regions, std::chrono::milliseconds at) {
    std::vector<ZoneEvent> events;
    for (const TrackedRegion& region : regions) {
        const auto [entry, first] = visitors_.try_emplace(region.track);
        if (const auto event = visit(entry->second, region, first)) events.push_back(*event);
    }
    std::erase_if(visitors_, [&](const auto& entry) {
        const auto& [track, visitor] = entry;
        if (at - visitor.seen <= options_.forget) return false;
        if (visitor.inside)
            events.push_back({track, visitor.frame, visitor.seen, ZoneEvent::What::Vanished,
                              visitor.seen - visitor.entered, visitor.scores / std::max(1, visitor.detections)});
        return true;
    });
    for (const ZoneEvent& event : events) count(event);
    return events;
}

int Zone::present() const {
    return static_cast<int>(std::ranges::count_if(visitors_, [](const auto& entry) { return entry.second.inside; }));
}

void Zone::correct(int occupancy) {
    occupancy_ = std::max(0, occupancy);
}

std::chrono::milliseconds Zone::dwell(std::int64_t track, std::chrono::milliseconds now) const {
    const auto found = visitors_.find(track);
    if (found == visitors_.end() || !found->second.inside) return std::chrono::milliseconds{0};
    return now - found->second.entered;
}

}  // namespace mien::track
