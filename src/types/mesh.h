#pragma once

#include <vector>

#include "types/geometry.h"

namespace mien {

// Pixels of the picture; z in the same unit, from the head's middle, smaller towards the camera.
struct Point3 {
    float x = 0;
    float y = 0;
    float z = 0;
    friend bool operator==(const Point3&, const Point3&) = default;
};

// The dense mesh of a face: 468 points in MediaPipe's order, then five of the iris on the picture's left (its middle
// first, then right, upper, left and lower border) and five of the other.
struct FaceMesh {
    static constexpr std::size_t size = 478;
    static constexpr std::size_t left_iris = 468;
    static constexpr std::size_t right_iris = 473;
    std::vector<Point3> points{};  // `size` of them
    float confidence = 0;          // that there is a face, 0..1
};

// Where the eyes look, seen from the camera. Yaw: positive to the subject's left; pitch: positive upwards.
struct Gaze {
    Degrees yaw{};
    Degrees pitch{};
};

// What a mesh tells of a head. Left and right are the picture's.
struct HeadState {
    Pose pose{};
    float left_eye = 0;  // opening: height over width between the lids, about 0.3 open and below 0.15 shut
    float right_eye = 0;
    float mouth = 0;  // opening between the lips over the mouth's width, 0 when shut
    Gaze gaze{};
};

}  // namespace mien
