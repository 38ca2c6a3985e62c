#include "gallery/search/ranking.h"

#include <algorithm>
#include <limits>

namespace mien::gallery {

void Ranking::offer(const Hit& hit) {
    if (hits_.size() == k_ && !before(hit, hits_.front())) return;
    if (rank_ == Rank::BestOfSubject) return offer_subject(hit);
    if (hits_.size() == k_) {
        std::ranges::pop_heap(hits_, before);
        hits_.back() = hit;
    } else {
        hits_.push_back(hit);
    }
    std::ranges::push_heap(hits_, before);
}

void Ranking::offer_subject(const Hit& hit) {
    // A subject that once was pushed out can come back only with a better hit, so nothing is forgotten wrongly.
    const auto same = std::ranges::find(hits_, hit.subject, &Hit::subject);
    if (same != hits_.end()) {
        if (!before(hit, *same)) return;
        *same = hit;
        std::ranges::make_heap(hits_, before);
        return;
    }
    if (hits_.size() == k_) {
        std::ranges::pop_heap(hits_, before);
        hits_.back() = hit;
    } else {
        hits_.push_back(hit);
    }
    std::ranges::push_heap(hits_, before);
}

float Ranking::floor() const {
    return hits_.size() < k_ ? -std::numeric_limits<float>::infinity() : hits_.front().similarity;
}

std::vector<Hit> Ranking::best_first() const {
    std::vector<Hit> sorted = hits_;
    std::ranges::sort(sorted, before);
    return sorted;
}

}  // namespace mien::gallery
