#include "face/align/shape.h"

#include <algorithm>
#include <cmath>

#include "image/warp.h"

namespace mien::face {
namespace {

std::vector<Point> points_of(const std::vector<float>& shape) {
    std::vector<Point> points;
    for (std::size_t i = 0; i + 1 < shape.size(); i += 2) points.push_back({shape[i], shape[i + 1]});
    return points;
}

// The mean of the three colours, cut to a whole number, as dlib's trees were trained on.
float intensity(const Picture& picture, Point at) {
    const float x = std::floor(at.x + 0.5f);
    const float y = std::floor(at.y + 0.5f);
    if (!(x >= 0 && y >= 0 && x < static_cast<float>(picture.width()) && y < static_cast<float>(picture.height())))
        return 0;
    const std::uint8_t* pixel = picture.row(static_cast<int>(y)) + static_cast<int>(x) * 3;
    const int mean = (pixel[0] + pixel[1] + pixel[2]) / 3;
    return static_cast<float>(mean);
}

Point to_picture(Point in_box, const Box& box) {
    return {box.x + in_box.x * (box.width - 1), box.y + in_box.y * (box.height - 1)};
}

const float* leaf_of(const inference::ShapeTree& tree, const std::vector<float>& pixels, std::size_t length) {
    std::size_t node = 0;
    while (node < tree.splits.size()) {
        const auto& split = tree.splits[node];
        node = pixels[split.first] - pixels[split.second] > split.threshold ? 2 * node + 1 : 2 * node + 2;
    }
    return tree.leaves.data() + (node - tree.splits.size()) * length;
}

}  // namespace

std::vector<Point> find_shape(const inference::ShapePredictor& predictor, const Picture& picture, const Box& box) {
    const std::vector<Point> mean = points_of(predictor.mean);
    std::vector<float> shape = predictor.mean;
    std::vector<float> pixels;
    for (const auto& stage : predictor.stages) {
        // Sampled pixels turn and grow with the shape, as far as a similarity can tell.
        const Affine turn = image::fit_similarity(mean, points_of(shape));
        pixels.clear();
        for (std::size_t i = 0; i < stage.anchors.size(); ++i) {
            const float dx = stage.deltas[2 * i];
            const float dy = stage.deltas[2 * i + 1];
            const std::size_t anchor = stage.anchors[i];
            const Point at{shape[2 * anchor] + turn.m[0] * dx + turn.m[1] * dy,
                           shape[2 * anchor + 1] + turn.m[3] * dx + turn.m[4] * dy};
            pixels.push_back(intensity(picture, to_picture(at, box)));
        }
        for (const auto& tree : stage.trees) {
            const float* leaf = leaf_of(tree, pixels, shape.size());
            for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += leaf[i];
        }
    }
    std::vector<Point> landmarks = points_of(shape);
    for (Point& p : landmarks) p = to_picture(p, box);
    return landmarks;
}

Box dlib_box(const Landmarks5& l) {
    const auto middle = [](Point a, Point b) { return Point{(a.x + b.x) / 2, (a.y + b.y) / 2}; };
    const auto distance = [](Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); };
    const Point eyes = middle(l.left_eye, l.right_eye);
    const Point mouth = middle(l.left_mouth, l.right_mouth);
    const Point centre = middle(eyes, mouth);
    // The factors make the box's median side and place agree with dlib's own finder on frontal faces.
    const float side = std::max(8.0f, 2.2f * std::max(distance(eyes, mouth), 0.9f * distance(l.left_eye, l.right_eye)));
    return {centre.x - side / 2, centre.y - side * 0.52f, side, side};
}

}  // namespace mien::face
