#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "track/best_shots.h"
#include "track/votes.h"
#include "types/track.h"

namespace mien::track {

struct Vote {
    std::string question{};
    std::string answer{};
    double weight = 1;
};

// A person that a detector found.
struct Observation {
    Box box{};
    float score = 0;                  // 0..1
    std::vector<float> appearance{};  // a template of length 1, always by the same maker; empty: not measured
    float quality = 0;                // of the picture, for the best shots; 0: none
    std::vector<Vote> votes{};
};

// One frame's worth.
struct Scene {
    int frame = 0;                    // from 0, rising
    std::chrono::milliseconds at{0};  // since the source's start; may stand still, never goes back
    std::vector<Observation> observations{};
    std::optional<Affine> camera{};  // maps the last frame's pixels to this one's (camera_motion.h); none: it stands
};

struct TrackerOptions {
    float high_score = 0.3f;        // from here on an observation is joined first
    float low_score = 0.1f;         // below it is not looked at
    float start_score = 0.4f;       // from here on one starts a track
    float first_overlap = 0.2f;     // least IoU times score of the first stage
    float second_overlap = 0.5f;    // least IoU of weak observations
    float recovery_overlap = 0.3f;  // least IoU with where a lost one was last seen
    float alike = 0.75f;            // least cosine for appearance to speak for a pair that overlaps a little
    float same_again = 0.85f;       // least cosine to know a lost one again elsewhere
    float memory = 0.9f;            // share of the old mean when an appearance is added
    int confirming = 2;             // observations before a track is told of; those of the first frame are at once
    std::chrono::milliseconds keep{1200};       // how long a lost one is looked for by motion
    std::chrono::milliseconds remember{30000};  // and by appearance
    std::chrono::milliseconds coast{0};         // how long its predicted boxes are told, score 0
    std::size_t shots = 3;
    std::chrono::milliseconds shots_apart{500};
};

struct EndedTrack {
    std::int64_t track = 0;
    int first_frame = 0;
    int last_frame = 0;  // of the last observation
    std::chrono::milliseconds first_at{0};
    std::chrono::milliseconds last_at{0};
    int observations = 0;
    std::vector<float> appearance{};  // mean, length 1; empty: never measured
    Votes votes{};
    std::vector<Shot> shots{};
};

struct Step {
    std::vector<TrackedRegion> tracked{};  // by track; boxes as the filter smooths them
    std::vector<std::int64_t> joined{};    // each observation's track; 0: none yet
    std::vector<EndedTrack> ended{};       // confirmed ones that are not remembered any more
};

// Follows people from frame to frame. Stages: strong observations by motion and appearance, weak ones by motion
// (ByteTrack, arXiv 2110.06864; BoT-SORT, arXiv 2206.14651), then by where one was last seen, with the gap filled in
// (OC-SORT, arXiv 2203.14360), then long lost ones by appearance alone.
// Deterministic; touches no clock. Thread rule: one owner.
class Tracker {
public:
    // Errors: BadInput for shares outside 0..1, low_score above high_score, confirming below 1, negative times.
    static Result<Tracker> make(const TrackerOptions& options);
    Tracker(Tracker&&) noexcept;
    Tracker& operator=(Tracker&&) noexcept;
    ~Tracker();

    // Errors: BadInput where frame or time goes back, a box is not finite, or appearances differ in length; then the
    // frame was not taken.
    Result<Step> step(const Scene& scene);

    // Ends all tracks; the next step starts anew, with new numbers.
    std::vector<EndedTrack> finish();

private:
    struct State;
    explicit Tracker(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::track
