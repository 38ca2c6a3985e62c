#include "face/align/align.h"

#include "image/warp.h"

namespace mien::face {
namespace {

// Where eye centres, nose tip and mouth corners lie on average in a 150 x 150 crop with dlib's margin of a quarter.
constexpr std::array<Point, 5> target{Point{47.7f, 47.0f}, Point{101.9f, 47.0f}, Point{74.0f, 81.0f}, Point{52.6f, 106.0f}, Point{97.0f, 106.0f}};

}  // namespace

Crop align(const Picture& picture, const Landmarks5& landmarks) {
    const Affine to_frame = image::fit_similarity(target, landmarks.points());
    return {image::warp(picture, to_frame, {crop_side, crop_side}), to_frame};
}

}  // namespace mien::face
