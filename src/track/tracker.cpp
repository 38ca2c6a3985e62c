#include "track/tracker.h"

#include <cmath>
#include <limits>

#include "track/assignment.h"
#include "track/followed.h"

namespace mien::track {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
// What it costs to leave a pair apart. Not `never`: as many pairs as possible would be too many, each person would be
// given the neighbour's observation when one was missed and another one was new.
constexpr double apart = 0.8;

bool share(float value) {
    return value >= 0 && value <= 1;
}

// Appearances are left out of pairs that hardly overlap, as BoT-SORT does; halved, they compete with overlap.
constexpr float least_overlap_for_appearance = 0.1f;

}  // namespace

struct Tracker::State {
    TrackerOptions options{};
    std::vector<Followed> followed{};
    std::int64_t next_number = 1;
    std::optional<int> last_frame{};
    std::chrono::milliseconds last_at{0};
    std::size_t appearance_length = 0;

    // What is still to be joined in this step: places in `observations` and in `followed`.
    struct Open {
        std::vector<std::size_t> strong{};
        std::vector<std::size_t> weak{};
        std::vector<std::size_t> tracks{};
    };

    Status check(const Scene& scene) const;
    Step step(const Scene& scene);
    std::vector<EndedTrack> end_forgotten(std::chrono::milliseconds now);

    enum class How { Joined, FoundAgain };
    template <class Cost>
    void join(const Scene& scene, std::vector<std::size_t>& tracks, std::vector<std::size_t>& observations,
              const Cost& cost, How how, Step& result);
    void join_strong(const Scene& scene, Open& open, Step& result);
    void join_weak(const Scene& scene, Open& open, Step& result);
    void recover(const Scene& scene, Open& open, Step& result);
    void know_again(const Scene& scene, Open& open, Step& result);
    void start(const Scene& scene, const Open& open, bool first, Step& result);
};

// The cheapest pairs of `tracks` and `observations`; both lose those that are joined.
template <class Cost>
void Tracker::State::join(const Scene& scene, std::vector<std::size_t>& tracks, std::vector<std::size_t>& observations,
                          const Cost& cost, How how, Step& result) {
    Costs costs(tracks.size(), observations.size());
    for (std::size_t t = 0; t < costs.rows; ++t)
        for (std::size_t o = 0; o < costs.columns; ++o)
            costs.at(t, o) = std::min(cost(followed[tracks[t]], scene.observations[observations[o]]), apart);
    for (const auto& [t, o] : assign(costs)) {
        if (costs.at(t, o) >= apart) continue;
        Followed& track = followed[tracks[t]];
        if (how == How::Joined)
            track.join(scene, observations[o], options);
        else
            track.find_again(scene, observations[o], options);
        result.joined[observations[o]] = track.number();
    }
    std::erase_if(tracks, [&](std::size_t t) { return followed[t].seen_in(scene.frame); });
    std::erase_if(observations, [&](std::size_t o) { return result.joined[o] != 0; });
}

void Tracker::State::join_strong(const Scene& scene, Open& open, Step& result) {
    const auto cost = [&](const Followed& track, const Observation& seen) {
        const float overlap = iou(track.box(), seen.box);
        const float by_motion = overlap * seen.score;
        const float likeness = cosine(track.appearance(), seen.appearance);
        double best = by_motion >= options.first_overlap ? 1 - by_motion : never;
        if (likeness >= options.alike && overlap >= least_overlap_for_appearance)
            best = std::min<double>(best, (1 - likeness) / 2);
        return best;
    };
    // Confirmed ones choose first.
    std::vector<std::size_t> sure;
    std::vector<std::size_t> unsure;
    for (const std::size_t t : open.tracks) {
        if (followed[t].unseen(scene.at) > options.keep) continue;
        (followed[t].confirmed() ? sure : unsure).push_back(t);
    }
    join(scene, sure, open.strong, cost, How::Joined, result);
    join(scene, unsure, open.strong, cost, How::Joined, result);
}

void Tracker::State::join_weak(const Scene& scene, Open& open, Step& result) {
    std::vector<std::size_t> present;  // seen in the last frame: a weak observation finds nobody again
    for (const std::size_t t : open.tracks)
        if (last_frame && followed[t].seen_in(*last_frame) && followed[t].confirmed()) present.push_back(t);
    join(
        scene, present, open.weak,
        [&](const Followed& track, const Observation& seen) {
            const float overlap = iou(track.box(), seen.box);
            return overlap >= options.second_overlap ? 1 - static_cast<double>(overlap) : never;
        },
        How::Joined, result);
}

void Tracker::State::recover(const Scene& scene, Open& open, Step& result) {
    std::vector<std::size_t> lost;
    for (const std::size_t t : open.tracks)
        if (!followed[t].seen_in(scene.frame) && followed[t].unseen(scene.at) <= options.keep) lost.push_back(t);
    join(
        scene, lost, open.strong,
        [&](const Followed& track, const Observation& seen) {
            const float overlap = iou(track.last_box(), seen.box);
            return overlap >= options.recovery_overlap ? 1 - static_cast<double>(overlap) : never;
        },
        How::Joined, result);
}

void Tracker::State::know_again(const Scene& scene, Open& open, Step& result) {
    std::vector<std::size_t> lost;
    for (const std::size_t t : open.tracks)
        if (!followed[t].seen_in(scene.frame) && followed[t].confirmed()) lost.push_back(t);
    join(
        scene, lost, open.strong,
        [&](const Followed& track, const Observation& seen) {
            const float likeness = cosine(track.appearance(), seen.appearance);
            return likeness >= options.same_again ? 1 - static_cast<double>(likeness) : never;
        },
        How::FoundAgain, result);
}

void Tracker::State::start(const Scene& scene, const Open& open, bool first, Step& result) {
    for (const std::size_t o : open.strong) {
        if (scene.observations[o].score < options.start_score) continue;
        followed.emplace_back(next_number++, scene, o, options);
        if (first) followed.back().confirm();
        result.joined[o] = followed.back().number();
    }
}

Step Tracker::State::step(const Scene& scene) {
    Step result;
    result.joined.assign(scene.observations.size(), 0);
    for (Followed& track : followed) track.predict(scene.at, scene.camera);
    // An unconfirmed one that was not seen in the last frame was an accident.
    std::erase_if(followed, [&](const Followed& t) { return !t.confirmed() && !t.seen_in(last_frame.value_or(0)); });
    result.ended = end_forgotten(scene.at);
    Open open;
    for (std::size_t t = 0; t < followed.size(); ++t) open.tracks.push_back(t);
    for (std::size_t o = 0; o < scene.observations.size(); ++o) {
        const float score = scene.observations[o].score;
        if (score >= options.low_score) (score >= options.high_score ? open.strong : open.weak).push_back(o);
    }
    join_strong(scene, open, result);
    join_weak(scene, open, result);
    recover(scene, open, result);
    know_again(scene, open, result);
    start(scene, open, !last_frame.has_value(), result);
    for (const Followed& track : followed) {
        if (!track.confirmed()) continue;
        const bool seen = track.seen_in(scene.frame);
        if (seen || track.unseen(scene.at) <= options.coast)
            result.tracked.push_back({track.number(), scene.frame, scene.at, track.box(), seen ? track.score() : 0});
    }
    last_frame = scene.frame;
    last_at = scene.at;
    return result;
}

std::vector<EndedTrack> Tracker::State::end_forgotten(std::chrono::milliseconds now) {
    std::vector<EndedTrack> ended;
    const auto forgotten = [&](const Followed& track) {
        return track.unseen(now) > (track.appearance().empty() ? options.keep : options.remember);
    };
    for (Followed& track : followed)
        if (forgotten(track) && track.confirmed()) ended.push_back(std::move(track).end());
    if (!ended.empty())
        std::erase_if(followed, [&](const Followed& track) {
            return std::ranges::find(ended, track.number(), &EndedTrack::track) != ended.end();
        });
    return ended;
}

Status Tracker::State::check(const Scene& scene) const {
    if (last_frame && (scene.frame <= *last_frame || scene.at < last_at))
        return Error{Fault::BadInput, "frame " + std::to_string(scene.frame) + " at " +
                                          std::to_string(scene.at.count()) + " ms comes after frame " +
                                          std::to_string(*last_frame) + " at " + std::to_string(last_at.count()) +
                                          " ms: frames and times must rise"};
    std::size_t length = appearance_length;
    for (const Observation& seen : scene.observations) {
        const Box& box = seen.box;
        if (!std::isfinite(box.x) || !std::isfinite(box.y) || !(box.width > 0) || !(box.height > 0) ||
            !std::isfinite(box.width) || !std::isfinite(box.height) || !share(seen.score))
            return Error{Fault::BadInput, "an observation has no sensible box or a score outside 0..1"};
        if (seen.appearance.empty()) continue;
        if (length == 0) length = seen.appearance.size();
        if (seen.appearance.size() != length)
            return Error{Fault::BadInput, "an appearance has " + std::to_string(seen.appearance.size()) +
                                              " values, the others " + std::to_string(length)};
    }
    return {};
}

Tracker::Tracker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;
Tracker::~Tracker() = default;

Result<Tracker> Tracker::make(const TrackerOptions& o) {
    for (const float value : {o.high_score, o.low_score, o.start_score, o.first_overlap, o.second_overlap,
                              o.recovery_overlap, o.alike, o.same_again, o.memory})
        if (!share(value)) return Error{Fault::BadInput, "a share of the tracker is " + std::to_string(value)};
    if (o.low_score > o.high_score) return Error{Fault::BadInput, "low_score is above high_score"};
    if (o.confirming < 1) return Error{Fault::BadInput, "confirming must be at least 1"};
    if (o.keep.count() < 0 || o.remember < o.keep || o.coast.count() < 0 || o.shots_apart.count() < 0)
        return Error{Fault::BadInput, "times must not be negative, and remember not below keep"};
    auto state = std::make_unique<State>();
    state->options = o;
    return Tracker(std::move(state));
}

Result<Step> Tracker::step(const Scene& scene) {
    MIEN_TRY(state_->check(scene));
    for (const Observation& seen : scene.observations)
        if (!seen.appearance.empty()) state_->appearance_length = seen.appearance.size();
    return state_->step(scene);
}

std::vector<EndedTrack> Tracker::finish() {
    std::vector<EndedTrack> ended;
    for (Followed& track : state_->followed)
        if (track.confirmed()) ended.push_back(std::move(track).end());
    state_->followed.clear();
    state_->last_frame.reset();
    state_->last_at = std::chrono::milliseconds{0};
    return ended;
}

}  // namespace mien::track
