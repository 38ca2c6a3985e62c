#include "eval/replay.h"

#include <cmath>
#include <cstdio>
#include <map>

namespace mien::eval {
namespace {

constexpr int most_frames = 10'000'000;

Result<track::Observation> observation_of(const MotBox& box) {
    const double score = box.confidence == -1 ? 1 : box.confidence;
    if (!(score >= 0 && score <= 1))
        return Error{Fault::BadInput, "frame " + std::to_string(box.frame) + ": a confidence of " +
                                          std::to_string(box.confidence) + " is not -1 and outside 0..1"};
    track::Observation seen;
    seen.box = {static_cast<float>(box.x), static_cast<float>(box.y), static_cast<float>(box.width),
                static_cast<float>(box.height)};
    seen.score = static_cast<float>(score);
    return seen;
}

}  // namespace

Result<std::vector<MotBox>> replay(const std::vector<MotBox>& detections, const ReplayOptions& options) {
    if (!(options.fps > 0 && options.fps <= 1000))
        return Error{Fault::BadInput, "frames a second must be above 0 and at most 1000"};
    MIEN_LET(tracker, track::Tracker::make(options.tracker));
    std::map<int, std::vector<track::Observation>> by_frame;
    for (const MotBox& box : detections) {
        MIEN_LET(seen, observation_of(box));
        by_frame[box.frame].push_back(std::move(seen));
    }
    std::vector<MotBox> result;
    if (by_frame.empty()) return result;
    const int last = by_frame.rbegin()->first;
    if (last > most_frames) return Error{Fault::BadInput, "the film has more than 10 million frames"};
    for (int frame = 1; frame <= last; ++frame) {
        track::Scene scene;
        scene.frame = frame - 1;
        scene.at = std::chrono::milliseconds(std::llround((frame - 1) * 1000 / options.fps));
        if (const auto seen = by_frame.find(frame); seen != by_frame.end())
            scene.observations = std::move(seen->second);
        MIEN_LET(step, tracker.step(scene));
        for (const TrackedRegion& region : step.tracked)
            result.push_back(
                {frame, region.track, region.box.x, region.box.y, region.box.width, region.box.height, region.score});
    }
    return result;
}

std::string mot_text(const std::vector<MotBox>& boxes) {
    std::string text;
    for (const MotBox& box : boxes) {
        std::array<char, 200> line{};
        const int length =
            std::snprintf(line.data(), line.size(), "%d,%lld,%.2f,%.2f,%.2f,%.2f,%.4f,-1,-1,-1\n", box.frame,
                          static_cast<long long>(box.id), box.x, box.y, box.width, box.height, box.confidence);
        text.append(line.data(), static_cast<std::size_t>(length));
    }
    return text;
}

}  // namespace mien::eval
