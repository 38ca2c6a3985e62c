#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "body/attributes/attributes.h"
#include "pipeline/body_likeness.h"
#include "pipeline/face_pipeline.h"
#include "track/counting.h"
#include "track/floor.h"
#include "track/tracker.h"
#include "track/zone.h"
#include "types/body.h"
#include "types/frame.h"
#include "types/sighting.h"

namespace mien::pipeline {

// What a watcher asks of pictures, each from one thread at a time.
struct WatchParts {
    std::function<Result<std::vector<BodyRegion>>(const Picture&)> find{};
    // One template of length 1 for each box. None: people are followed by motion alone.
    std::function<Result<std::vector<Template>>(const Picture&, std::span<const Box>)> describe{};
    // From which likeness on two of those are one person's: goes into the tracker's options, whatever those say.
    std::optional<BodyLikeness> likeness{};
    // What the people in the boxes wear and carry. None: not looked at.
    std::function<Result<std::vector<body::BodyAttributes>>(const Picture&, std::span<const Box>)> attributes{};
    // None: faces are not looked at.
    std::function<Result<std::vector<Face>>(const Frame&)> faces{};
};

struct WatchLine {
    std::string name{};
    track::Line line{};
};
struct WatchZone {
    std::string name{};
    std::vector<Point> corners{};
};

enum class Crops { No, Yes };

struct WatchOptions {
    std::vector<WatchLine> lines{};
    std::vector<WatchZone> zones{};
    std::optional<track::FloorPlan> floor{};
    track::TrackerOptions tracker{};
    std::chrono::milliseconds describe_every{400};  // of a track that stands alone; sooner where it could be mistaken
    std::chrono::milliseconds faces_every{400};
    std::chrono::milliseconds attributes_every{1000};  // of a track that stands alone
    std::chrono::milliseconds path_apart{500};
    std::size_t shots = 3;  // of the body, and one more of the face
    Crops crops = Crops::Yes;
    std::int64_t first_track = 1;
};

// What one frame gave.
struct Glimpse {
    std::vector<TrackedRegion> people{};
    std::vector<Event> events{};        // lines crossed ("in", "out"), zones "entered" and "left"
    std::vector<Sighting> sightings{};  // of people who are gone
};

struct LineCount {
    std::string name{};
    track::Count in{};
    track::Count out{};
};
struct ZoneCount {
    std::string name{};
    int present = 0;
    int occupancy = 0;
    int visits = 0;                      // that ended
    std::chrono::milliseconds dwell{0};  // mean of those
};

// The path of one source: find → describe → track → lines and zones → sightings.
// Thread rule: one owner. Frames rise in time.
class Watcher {
public:
    // Errors: BadInput for lines, zones and tracker options that can't be.
    static Result<Watcher> make(WatchParts parts, WatchOptions options);
    Watcher(Watcher&&) noexcept;
    Watcher& operator=(Watcher&&) noexcept;
    ~Watcher();

    // Errors: BadInput when time goes back; those of the parts. Then the frame was not taken.
    Result<Glimpse> look(const Frame& frame);
    Glimpse finish();  // everybody is gone

    std::vector<LineCount> lines() const;
    std::vector<ZoneCount> zones() const;
    // The last moment that nobody spans, neither of those followed now nor of those gone: where a recording that is cut
    // off must be taken up again. Where somebody is always in the picture it stays at 0. finish() doesn't move it.
    std::chrono::milliseconds settled() const;
    const track::HeatMap* heat() const;  // none before the first frame
    std::int64_t people() const;         // told of so far
    std::int64_t next_track() const;

private:
    struct State;
    explicit Watcher(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::pipeline
