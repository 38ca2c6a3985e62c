#pragma once

#include "face/quality/aligned.h"
#include "types/geometry.h"
#include "types/measure.h"

namespace mien::face {

// Component measures as OFIQ (the reference implementation of ISO/IEC 29794-5) describes them in public: native values
// and their mapping to 0..100. Where OFIQ uses nets that are not free to ship, the places come from MediaPipe's mesh
// instead of ADNet's 98 points, and nothing is taken out for hands or masks.
struct Scored {
    float native = 0;
    float score = 0;  // 0..100
};

// What is seen of the light: shares and means over the face (hull of jaw and brows), zones beside the nose.
struct LightMeasures {
    Scored illumination_uniformity{};  // overlap of the two cheeks' histograms, 0..1
    Scored luminance_mean{};           // 0..1, linear light
    Scored luminance_variance{};
    Scored under_exposure{};  // share of pixels at 0..25
    Scored over_exposure{};   // share of pixels at 247..255
    Scored dynamic_range{};   // entropy in bits
    Scored natural_colour{};  // distance of the mean colour from skin's range in CIELAB
};
LightMeasures light_measures(const AlignedFace& face);

struct ShapeMeasures {
    Scored eyes_open{};           // the less open eye's opening, in T (eyes to chin)
    Scored mouth_closed{};        // opening between the lips, in T
    Scored inter_eye_distance{};  // pixels, as if seen from the front
    Scored head_size{};           // T over the picture's height
    Scored leftward_crop{};       // in distances of the eyes
    Scored rightward_crop{};
    Scored margin_above{};  // in T
    Scored margin_below{};
    Scored yaw{};  // degrees
    Scored pitch{};
    Scored roll{};
};
ShapeMeasures shape_measures(const FaceMesh& mesh, const Pose& pose, Size picture);

// `share`: area of the second largest face over that of the largest, 0 when there is none.
Scored single_face(float share);

}  // namespace mien::face
