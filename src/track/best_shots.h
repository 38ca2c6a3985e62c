#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "types/geometry.h"

namespace mien::track {

struct Shot {
    int frame = 0;                // from 0
    std::size_t observation = 0;  // its place among those of the frame
    std::chrono::milliseconds at{0};
    Box box{};
    float quality = 0;
};

// The k best pictures of a track, not two of the same moment. Thread rule: one owner.
class BestShots {
public:
    BestShots(std::size_t most, std::chrono::milliseconds apart) : most_(most), apart_(apart) {}

    // Whether it was kept; a nearer-than-`apart` one that is worse makes way, and so does the worst of too many.
    bool offer(const Shot& shot);
    const std::vector<Shot>& shots() const { return shots_; }  // the best first

private:
    std::size_t most_;
    std::chrono::milliseconds apart_;
    std::vector<Shot> shots_{};
};

}  // namespace mien::track
