#pragma once

#include <chrono>
#include <cstdint>

#include "types/geometry.h"

namespace mien {

// One person in one frame of a track.
struct TrackedRegion {
    std::int64_t track = 0;           // the same number: the same person, as the tracker believes; from 1
    int frame = 0;                    // from 0
    std::chrono::milliseconds at{0};  // since the source's start
    Box box{};
    float score = 0;  // of the detection it was joined with, 0..1; 0 where the box is only predicted
};

}  // namespace mien
