#include "face/align/align.h"

#include "face/align/shape.h"
#include "image/warp.h"

namespace mien::face {
namespace {

// dlib's mean face in its own order (right eye's outer and inner corner, left eye's, nose), in the unit square without
// margin.
constexpr std::array<Point, 5> mean_face{
    Point{0.8595674595992f, 0.2134981538014f}, Point{0.6460604764104f, 0.2289674387677f},
    Point{0.1205750620789f, 0.2137274526848f}, Point{0.3340850613712f, 0.2290642403242f},
    Point{0.4901123135679f, 0.6277975316475f}};
constexpr float margin = 0.25f;  // on each side, as a share of the unit square

std::array<Point, 5> places_in_crop() {
    std::array<Point, 5> places{};
    const auto place = [](float v) { return (margin + v) / (2 * margin + 1) * crop_side; };
    for (std::size_t i = 0; i < places.size(); ++i) places.at(i) = {place(mean_face.at(i).x), place(mean_face.at(i).y)};
    return places;
}

}  // namespace

Result<Aligner> Aligner::make(std::shared_ptr<const inference::ShapePredictor> predictor) {
    if (!predictor || predictor->points() != mean_face.size()) {
        return Error{Fault::Unsupported, "the aligner needs a predictor of five landmarks, got " +
                                             std::to_string(predictor ? predictor->points() : 0)};
    }
    return Aligner(std::move(predictor));
}

Landmarks5 with_eyes_of(Landmarks5 landmarks, const FaceShape& shape) {
    const auto middle = [](Point a, Point b) { return Point{(a.x + b.x) / 2, (a.y + b.y) / 2}; };
    landmarks.left_eye = middle(shape.left_eye_outer, shape.left_eye_inner);
    landmarks.right_eye = middle(shape.right_eye_inner, shape.right_eye_outer);
    return landmarks;
}

FaceShape Aligner::find(const Picture& picture, const FaceRegion& region) const {
    const auto shape_of = [](const std::vector<Point>& p) { return FaceShape{p[2], p[3], p[1], p[0], p[4]}; };
    if (region.turn == QuarterTurn::None) return shape_of(find_shape(*predictor_, picture, dlib_box(region.landmarks)));
    // The predictor knows upright faces only: it looks at the face's surroundings, turned.
    const Box& box = region.box;
    const image::Part part =
        image::cut(picture, {box.x - box.width, box.y - box.height, 3 * box.width, 3 * box.height});
    const image::Turned upright = image::turned(part.picture, region.turn);
    const Affine to_frame = image::compose({{1, 0, part.origin.x, 0, 1, part.origin.y}}, upright.to_source);
    const Affine to_upright = image::inverse(to_frame);
    const Landmarks5& l = region.landmarks;
    std::vector<Point> points =
        find_shape(*predictor_, upright.picture,
                   dlib_box({to_upright(l.left_eye), to_upright(l.right_eye), to_upright(l.nose),
                             to_upright(l.left_mouth), to_upright(l.right_mouth)}));
    for (Point& point : points) point = to_frame(point);
    return shape_of(points);
}

Crop Aligner::cut(const Picture& picture, const FaceShape& s, const Framing& framing) {
    const std::array shape{s.right_eye_outer, s.right_eye_inner, s.left_eye_outer, s.left_eye_inner, s.nose_base};
    // From the wished crop's pixels to those of dlib's.
    const float scale = framing.share * crop_side / static_cast<float>(framing.side);
    const float start = (1 - framing.share) * crop_side / 2;
    const Affine to_frame =
        image::compose(image::fit_similarity(places_in_crop(), shape), {{scale, 0, start, 0, scale, start}});
    return {image::warp(picture, to_frame, {framing.side, framing.side}), to_frame};
}

}  // namespace mien::face
