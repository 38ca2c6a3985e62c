#pragma once

#include "track/box_filter.h"
#include "track/tracker.h"

namespace mien::track {

// One person as the tracker keeps it.
class Followed {
public:
    Followed(std::int64_t number, const Scene& scene, std::size_t observation, const TrackerOptions& options);

    void predict(std::chrono::milliseconds at, const std::optional<Affine>& camera);
    // The person was seen. After a gap the filter is first led along the straight way from where it was seen last.
    void join(const Scene& scene, std::size_t observation, const TrackerOptions& options);
    // Seen elsewhere after long: the filter starts anew.
    void find_again(const Scene& scene, std::size_t observation, const TrackerOptions& options);

    std::int64_t number() const { return told_.track; }
    Box box() const { return filter_.box(); }
    const Box& last_box() const { return last_box_; }
    std::chrono::milliseconds unseen(std::chrono::milliseconds now) const { return now - told_.last_at; }
    bool seen_in(int frame) const { return told_.last_frame == frame; }
    bool confirmed() const { return confirmed_; }
    void confirm() { confirmed_ = true; }
    float score() const { return score_; }
    const std::vector<float>& appearance() const { return told_.appearance; }
    EndedTrack end() &&;

private:
    void take(const Scene& scene, std::size_t observation, const TrackerOptions& options);

    EndedTrack told_{};
    BoxFilter filter_;
    BoxFilter filter_when_seen_;  // moved with the camera since
    Box last_box_{};              // likewise
    std::chrono::milliseconds filtered_at_{0};
    float score_ = 0;
    bool confirmed_ = false;
    BestShots shots_;
};

float cosine(const std::vector<float>& a, const std::vector<float>& b);  // of vectors of length 1; 0 where one is empty

}  // namespace mien::track
