#pragma once

#include <vector>

#include "eval/mot.h"
#include "track/tracker.h"

namespace mien::eval {

struct ReplayOptions {
    double fps = 25;  // of the film
    track::TrackerOptions tracker{};
};

// Detections of a film through the tracker, frame by frame from 1 to the last; a confidence of -1 is one that nobody
// measured and counts as 1. By frame, then by track. Errors: BadInput for other confidences outside 0..1 and for a
// film of more than 10 million frames.
Result<std::vector<MotBox>> replay(const std::vector<MotBox>& detections, const ReplayOptions& options);

// A MOTChallenge result: frame, track, x, y, width, height, score, -1, -1, -1.
std::string mot_text(const std::vector<MotBox>& boxes);

}  // namespace mien::eval
