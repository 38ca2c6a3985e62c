#pragma once

#include <array>
#include <cstddef>

#include "types/geometry.h"

namespace mien {

// Where a person is in a frame.
struct BodyRegion {
    Box box{};        // of the whole person, as far as it is visible
    float score = 0;  // the detector's confidence, 0..1
};

// The 17 key points of COCO, in its order. Left and right are the person's.
enum class BodyPoint {
    Nose,
    LeftEye,
    RightEye,
    LeftEar,
    RightEar,
    LeftShoulder,
    RightShoulder,
    LeftElbow,
    RightElbow,
    LeftWrist,
    RightWrist,
    LeftHip,
    RightHip,
    LeftKnee,
    RightKnee,
    LeftAnkle,
    RightAnkle,
};
inline constexpr std::size_t body_point_count = 17;

struct BodyPointReading {
    Point at{};            // pixels of the frame
    float depth = 0;       // pixels behind the middle of the hips, where the model measures it
    float confidence = 0;  // 0..1
};

struct BodyPose {
    std::array<BodyPointReading, body_point_count> points{};
    float score = 0;  // of the whole, 0..1
    const BodyPointReading& operator[](BodyPoint point) const { return points.at(static_cast<std::size_t>(point)); }
};

}  // namespace mien
