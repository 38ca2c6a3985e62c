#pragma once

#include <array>

#include "types/geometry.h"

namespace mien {

// The five points every face detector and aligner here speaks. Left and right are the picture's, not the subject's.
struct Landmarks5 {
    Point left_eye{};
    Point right_eye{};
    Point nose{};
    Point left_mouth{};
    Point right_mouth{};
    std::array<Point, 5> points() const { return {left_eye, right_eye, nose, left_mouth, right_mouth}; }
};

// How the picture must be turned for a face to stand upright.
enum class QuarterTurn { None, Clockwise, Half, Anticlockwise };

// Where a face is in its frame.
struct FaceRegion {
    Box box{};
    float score = 0;  // the detector's confidence, 0..1
    Landmarks5 landmarks{};
    QuarterTurn turn = QuarterTurn::None;  // in which it was found; box and landmarks are those of the frame as it is
};

}  // namespace mien
