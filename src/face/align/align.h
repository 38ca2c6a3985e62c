#pragma once

#include <memory>

#include "inference/import/dlib_shape.h"
#include "types/crop.h"
#include "types/region.h"

namespace mien::face {

// dlib's five points; left and right are the picture's.
struct FaceShape {
    Point left_eye_outer{};
    Point left_eye_inner{};
    Point right_eye_inner{};
    Point right_eye_outer{};
    Point nose_base{};
};

// The region's landmarks with its eyes halfway between their corners: the trees see finer than the detector's grid.
Landmarks5 with_eyes_of(Landmarks5 landmarks, const FaceShape& shape);

// Side of the square crop that dlib's template network takes, in pixels.
inline constexpr int crop_side = 150;

// What of a face a crop shows, and how large.
struct Framing {
    int side = crop_side;  // of the square crop, in pixels
    float share = 1;       // of the side of what dlib's network sees, about the same middle
};

// Cuts faces as dlib's template network was trained to see them: its own predictor finds eye corners and nose, which
// are brought nearest to their mean places by turn, scale and shift. Thread rule: const calls may run at the same time.
class Aligner {
public:
    // Errors: Unsupported when the predictor has not five points.
    static Result<Aligner> make(std::shared_ptr<const inference::ShapePredictor> predictor);

    // Eye corners and nose of a face, in pixels of the picture: what a crop stands on.
    FaceShape find(const Picture& picture, const FaceRegion& region) const;

    // Side x side pixels; what lies outside the picture is black.
    static Crop cut(const Picture& picture, const FaceShape& shape, const Framing& framing = {});

private:
    explicit Aligner(std::shared_ptr<const inference::ShapePredictor> predictor) : predictor_(std::move(predictor)) {}
    std::shared_ptr<const inference::ShapePredictor> predictor_;
};

}  // namespace mien::face
