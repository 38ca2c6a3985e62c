#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/result.h"
#include "types/track.h"

namespace mien::track {

struct ZoneEvent {
    enum class What { Entered, Left, Vanished };  // Vanished: the track ended inside
    std::int64_t track = 0;
    int frame = 0;  // the first one inside, or the first one outside
    std::chrono::milliseconds at{0};
    What what = What::Entered;
    std::chrono::milliseconds dwell{0};  // since it entered; 0 for Entered
    double confidence = 0;               // 0..1: mean score of the track's detections while inside so far
};

struct ZoneOptions {
    double margin = 0.05;  // share of the body's height: nearer to the border than this, nothing changes
    std::chrono::milliseconds forget{2000};  // a track unseen for longer has vanished
};

// A polygon that people stand in with their feet. Thread rule: one owner.
class Zone {
public:
    // Errors: BadInput for fewer than three corners, one that is not finite, no area, a margin outside 0..1.
    static Result<Zone> make(std::vector<Point> corners, const ZoneOptions& options = {});

    // The regions of the frame at `at`; times must not fall.
    std::vector<ZoneEvent> step(std::span<const TrackedRegion> regions, std::chrono::milliseconds at);

    int present() const;  // tracks inside now
    // How many are inside by what was counted: entered less left or vanished, since an operator last said a number. The
    // number never falls below 0: whom the camera missed coming in may be seen going out.
    int occupancy() const { return occupancy_; }
    void correct(int occupancy);
    std::chrono::milliseconds dwell(std::int64_t track, std::chrono::milliseconds now) const;  // 0 for one not inside

    bool holds(Point p) const;  // by the even-odd rule

private:
    struct Visitor {
        bool inside = false;
        std::optional<ZoneEvent> change{};  // over the border, not yet beyond the margin
        std::chrono::milliseconds entered{0};
        std::chrono::milliseconds seen{0};
        int frame = 0;
        double scores = 0;
        int detections = 0;
    };
    Zone(std::vector<Point> corners, const ZoneOptions& options) : corners_(std::move(corners)), options_(options) {}
    double distance_to_border(Point p) const;
    std::optional<ZoneEvent> visit(Visitor& visitor, const TrackedRegion& region, bool first);
    void count(const ZoneEvent& event);

    std::vector<Point> corners_;
    ZoneOptions options_;
    std::map<std::int64_t, Visitor> visitors_{};
    int occupancy_ = 0;
};

}  // namespace mien::track
