#pragma once

#include <vector>

#include "gallery/search/search_engine.h"

namespace mien::gallery {

// Whether `a` stands before `b` in an answer.
inline bool before(const Hit& a, const Hit& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.id < b.id;
}

// The k best of the hits offered, or the best hits of the k best subjects. One thread at a time.
class Ranking {
public:
    Ranking(std::size_t k, Rank rank) : k_(k), rank_(rank) {}

    // A row is offered once; with Rank::Templates a row offered twice would be counted twice.
    void offer(const Hit& hit);

    // The similarity of the k-th best so far; -infinity while there are fewer than k.
    float floor() const;

    std::vector<Hit> best_first() const;

private:
    void offer_subject(const Hit& hit);

    std::size_t k_;
    Rank rank_;
    std::vector<Hit> hits_{};  // a heap with the last at its front; sorted by nothing while subjects are fewer than k
};

}  // namespace mien::gallery
