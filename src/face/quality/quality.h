#pragma once

#include "types/crop.h"
#include "types/measure.h"
#include "types/region.h"

namespace mien::face {

// What a sample must reach to be used. The defaults keep what a recogniser can work with; enrolment may ask for more.
struct QualityGate {
    float min_eye_distance = 20;  // between the eye centres, in pixels of the frame
    float min_sharpness = 0.10f;  // see quality_of
    float min_light = 40;         // mean luminance of the face, 0..255
    float max_light = 225;
    Degrees max_turn{40};     // yaw or pitch, whichever is larger
    float min_inside = 0.9f;  // share of the crop that lies inside the frame
};

// Five first measures of a face, each with its native value, 0..1 and an advice when it fails the gate:
// size (pixels between the eyes), sharpness (mean absolute Laplacian of luminance over its standard deviation, in the
// crop), light (mean luminance), pose (degrees), inside_picture (share of the crop). Our own definitions, not ISO/IEC
// 29794-5's.
Quality quality_of(Size frame, const FaceRegion& region, const Pose& pose, const Crop& crop, const QualityGate& gate);

}  // namespace mien::face
