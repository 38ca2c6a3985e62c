#pragma once

#include <memory>

#include "inference/import/dlib_shape.h"
#include "types/crop.h"
#include "types/region.h"

namespace mien::face {

// Side of the square crop that dlib's template network takes, in pixels.
inline constexpr int crop_side = 150;

// Cuts faces as dlib's template network was trained to see them: its own predictor finds eye corners and nose, which
// are brought nearest to their mean places by turn, scale and shift. Thread rule: const calls may run at the same time.
class Aligner {
public:
    // Errors: Unsupported when the predictor has not five points.
    static Result<Aligner> make(std::shared_ptr<const inference::ShapePredictor> predictor);

    // 150 x 150 pixels; what lies outside the picture is black.
    Crop align(const Picture& picture, const FaceRegion& region) const;

private:
    explicit Aligner(std::shared_ptr<const inference::ShapePredictor> predictor) : predictor_(std::move(predictor)) {}
    std::shared_ptr<const inference::ShapePredictor> predictor_;
};

}  // namespace mien::face
