#include "track/best_shots.h"

#include <algorithm>

namespace mien::track {

bool BestShots::offer(const Shot& shot) {
    const auto near = [&](const Shot& other) { return std::chrono::abs(other.at - shot.at) < apart_; };
    for (const Shot& other : shots_)
        if (near(other) && other.quality >= shot.quality) return false;
    std::erase_if(shots_, near);
    const auto place = std::ranges::upper_bound(shots_, shot.quality, std::greater{}, &Shot::quality);
    const bool kept = static_cast<std::size_t>(place - shots_.begin()) < most_;
    shots_.insert(place, shot);
    if (shots_.size() > most_) shots_.resize(most_);
    return kept;
}

}  // namespace mien::track
