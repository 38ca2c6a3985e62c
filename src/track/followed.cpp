#include "track/followed.h"

#include <cmath>
#include <numeric>

namespace mien::track {
namespace {

using Milliseconds = std::chrono::milliseconds;

double seconds_of(Milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

Box between(const Box& from, const Box& to, float share) {
    const auto mix = [share](float a, float b) { return a + (b - a) * share; };
    return {mix(from.x, to.x), mix(from.y, to.y), mix(from.width, to.width), mix(from.height, to.height)};
}

Box moved(const Box& box, const Affine& camera) {
    BoxFilter filter(box);
    filter.move(camera);
    return filter.box();
}

void blend(std::vector<float>& mean, const std::vector<float>& seen, float memory) {
    if (seen.empty()) return;
    if (mean.empty()) {
        mean = seen;
        return;
    }
    float length = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
        mean[i] = memory * mean[i] + (1 - memory) * seen[i];
        length += mean[i] * mean[i];
    }
    length = std::sqrt(length);
    for (float& value : mean) value = length > 0 ? value / length : value;
}

}  // namespace

float cosine(const std::vector<float>& a, const std::vector<float>& b) {
    if (a.empty() || b.empty()) return 0;
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0f);
}

Followed::Followed(std::int64_t number, const Scene& scene, std::size_t observation, const TrackerOptions& options)
    : filter_(scene.observations[observation].box),
      filter_when_seen_(filter_),
      shots_(options.shots, options.shots_apart) {
    told_.track = number;
    told_.first_frame = scene.frame;
    told_.first_at = scene.at;
    filtered_at_ = scene.at;
    take(scene, observation, options);
}

void Followed::predict(Milliseconds at, const std::optional<Affine>& camera) {
    filter_.predict(seconds_of(at - filtered_at_));
    filtered_at_ = at;
    if (!camera) return;
    filter_.move(*camera);
    filter_when_seen_.move(*camera);
    last_box_ = moved(last_box_, *camera);
}

void Followed::join(const Scene& scene, std::size_t observation, const TrackerOptions& options) {
    const Box& box = scene.observations[observation].box;
    const int gap = scene.frame - told_.last_frame;
    if (gap > 1) {
        // OC-SORT's re-update: what the filter believed while nothing was seen is replaced by what must have been.
        filter_ = filter_when_seen_;
        const int steps = std::min(gap, 100);
        const double each = seconds_of(scene.at - told_.last_at) / steps;
        for (int i = 1; i < steps; ++i) {
            filter_.predict(each);
            filter_.update(between(last_box_, box, static_cast<float>(i) / static_cast<float>(steps)));
        }
        filter_.predict(each);
    }
    filter_.update(box);
    filter_when_seen_ = filter_;
    take(scene, observation, options);
}

void Followed::find_again(const Scene& scene, std::size_t observation, const TrackerOptions& options) {
    filter_ = BoxFilter(scene.observations[observation].box);
    filter_when_seen_ = filter_;
    take(scene, observation, options);
}

void Followed::take(const Scene& scene, std::size_t observation, const TrackerOptions& options) {
    const Observation& seen = scene.observations[observation];
    told_.last_frame = scene.frame;
    told_.last_at = scene.at;
    ++told_.observations;
    last_box_ = seen.box;
    score_ = seen.score;
    blend(told_.appearance, seen.appearance, options.memory);
    for (const Vote& vote : seen.votes) told_.votes.add(vote.question, vote.answer, vote.weight);
    if (seen.quality > 0) shots_.offer({scene.frame, observation, scene.at, seen.box, seen.quality});
    if (told_.observations >= options.confirming) confirmed_ = true;
}

EndedTrack Followed::end() && {
    told_.shots = shots_.shots();
    return std::move(told_);
}

}  // namespace mien::track
