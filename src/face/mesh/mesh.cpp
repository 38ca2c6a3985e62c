#include "face/mesh/mesh.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "image/warp.h"

namespace mien::face {
namespace {

constexpr int side = 192;  // of the network's square input
constexpr float margin = 1.5f;
constexpr std::size_t coarse_points = 468;

// Which points the refining heads give, in their order (MediaPipe's graph of the mesh with attention).
constexpr std::array<std::uint16_t, 80> lips{
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0,  267, 269, 270, 409,
    78, 95,  88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
    76, 77,  90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408,
    62, 96,  89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407};
constexpr std::array<std::uint16_t, 71> left_eye{
    33,  7,   163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25,
    110, 24,  23,  22,  26,  112, 243, 247, 30,  29,  27,  28,  56,  190, 226, 31,  228, 229,
    230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189, 35,  124, 46,  53,  52,  65,
    143, 111, 117, 118, 119, 120, 121, 128, 245, 156, 70,  63,  105, 66,  107, 55,  193};
constexpr std::array<std::uint16_t, 71> right_eye{
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255,
    339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449,
    450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295,
    372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417};
constexpr std::size_t lid_points = 16;  // the eyes' lists begin with the contour of the lids

std::size_t count_of(const inference::Port& port) {
    std::size_t count = 1;
    for (const std::size_t size : port.shape) count *= std::max<std::size_t>(size, 1);
    return count;
}

// The square of the picture that the network looks at: crop pixels → picture pixels.
Affine square_at(Point centre, float length, float angle) {
    const float scale = length / side;
    const float c = std::cos(angle) * scale;
    const float s = std::sin(angle) * scale;
    constexpr float middle = (side - 1) / 2.0f;
    return {{c, -s, centre.x - (c - s) * middle, s, c, centre.y - (s + c) * middle}};
}

Point middle_of(Point a, Point b) {
    return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

// As wide as MediaPipe would look at this face. The shares are the mean head's: forehead to chin is 2.35 times as long
// as eyes to mouth, ear to ear 2.4 times the distance of the eyes.
Affine square_of(const Landmarks5& l) {
    const Point eyes = middle_of(l.left_eye, l.right_eye);
    const Point mouth = middle_of(l.left_mouth, l.right_mouth);
    const float height = 2.35f * std::hypot(mouth.x - eyes.x, mouth.y - eyes.y);
    const float width = 2.4f * std::hypot(l.right_eye.x - l.left_eye.x, l.right_eye.y - l.left_eye.y);
    const float angle = std::atan2(l.right_eye.y - l.left_eye.y, l.right_eye.x - l.left_eye.x);
    constexpr float down = 0.36f;
    const Point centre{eyes.x + down * (mouth.x - eyes.x), eyes.y + down * (mouth.y - eyes.y)};
    return square_at(centre, margin * std::max({width, height, 8.0f}), angle);
}

// The same from a mesh: its upright box when the outer corners of the eyes stand level.
Affine square_of(const FaceMesh& mesh) {
    const Point3 left = mesh.points[33];
    const Point3 right = mesh.points[263];
    const float angle = std::atan2(right.y - left.y, right.x - left.x);
    const float c = std::cos(angle);
    const float s = std::sin(angle);
    Point low{std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
    Point high{std::numeric_limits<float>::lowest(), std::numeric_limits<float>::lowest()};
    for (const Point3& p : mesh.points) {
        const Point turned{c * p.x + s * p.y, c * p.y - s * p.x};
        low = {std::min(low.x, turned.x), std::min(low.y, turned.y)};
        high = {std::max(high.x, turned.x), std::max(high.y, turned.y)};
    }
    const Point centre = middle_of(low, high);
    return square_at({c * centre.x - s * centre.y, s * centre.x + c * centre.y},
                     margin * std::max({high.x - low.x, high.y - low.y, 8.0f}), angle);
}

inference::Tensor input_of(const Picture& crop) {
    inference::Tensor tensor{{1, side, side, 3}, std::vector<float>(std::size_t{3} * side * side)};
    std::ranges::transform(crop.pixels(), tensor.values.begin(),
                           [](std::uint8_t v) { return static_cast<float>(v) / 255; });
    return tensor;
}

void refine(std::vector<Point3>& points, std::span<const std::uint16_t> which, const std::vector<float>& to) {
    for (std::size_t i = 0; i < which.size(); ++i) {
        points[which[i]].x = to[2 * i];
        points[which[i]].y = to[2 * i + 1];
    }
}

void add_iris(std::vector<Point3>& points, std::span<const std::uint16_t> lids, const std::vector<float>& iris) {
    float depth = 0;
    for (const std::uint16_t i : lids) depth += points[i].z / static_cast<float>(lids.size());
    for (std::size_t i = 0; i + 1 < iris.size(); i += 2) points.push_back({iris[i], iris[i + 1], depth});
}

}  // namespace

Result<MeshFinder> MeshFinder::make(std::shared_ptr<const inference::Model> model) {
    const auto& ports = model->outputs();
    // The graph names its outputs by numbers. Of the eyes the picture's left comes first, of the irises its right: so
    // the points lie as MediaPipe's own (tests/golden/mediapipe_check.py).
    const auto nth = [&](std::size_t count, int n) -> std::size_t {
        for (std::size_t i = 0; i < ports.size(); ++i) {
            if (count_of(ports[i]) == count && n-- == 0) return i;
        }
        return ports.size();
    };
    const Outputs outputs{nth(coarse_points * 3, 0),
                          nth(lips.size() * 2, 0),
                          nth(left_eye.size() * 2, 0),
                          nth(right_eye.size() * 2, 1),
                          nth(10, 1),
                          nth(10, 0),
                          nth(1, 0)};
    const std::vector<std::size_t> input{side, side, 3};
    const bool takes = model->inputs().size() == 1 && model->inputs()[0].shape.size() == 4 &&
                       std::equal(input.begin(), input.end(), model->inputs()[0].shape.begin() + 1);
    if (!takes || std::max({outputs.mesh, outputs.lips, outputs.right_eye, outputs.left_iris, outputs.confidence}) >=
                      ports.size()) {
        return Error{Fault::Unsupported,
                     "the face mesh's model is not MediaPipe's mesh with attention (1 x 192 x 192 x 3 → mesh, "
                     "lips, eyes, irises, confidence)"};
    }
    return MeshFinder(std::move(model), outputs);
}

Result<FaceMesh> MeshFinder::look(const Picture& picture, const Affine& to_frame) const {
    const inference::Tensor input = input_of(image::warp(picture, to_frame, {side, side}));
    MIEN_LET(found, model_->run({&input, 1}));
    for (const auto& tensor : found) {
        if (!std::ranges::all_of(tensor.values, [](float v) { return std::isfinite(v); }))
            return Error{Fault::Corrupt, "the face mesh network gave no finite numbers"};
    }
    FaceMesh mesh;
    const auto& coarse = found[outputs_.mesh].values;
    for (std::size_t i = 0; i < coarse_points; ++i)
        mesh.points.push_back({coarse[3 * i], coarse[3 * i + 1], coarse[3 * i + 2]});
    refine(mesh.points, lips, found[outputs_.lips].values);
    refine(mesh.points, left_eye, found[outputs_.left_eye].values);
    refine(mesh.points, right_eye, found[outputs_.right_eye].values);
    add_iris(mesh.points, std::span(left_eye).first<lid_points>(), found[outputs_.left_iris].values);
    add_iris(mesh.points, std::span(right_eye).first<lid_points>(), found[outputs_.right_iris].values);
    const float scale = std::hypot(to_frame.m[0], to_frame.m[3]);
    for (Point3& p : mesh.points) {
        // The network counts from the middle of the first pixel, as MediaPipe's own graph takes it.
        const Point at = to_frame({p.x, p.y});
        p = {at.x, at.y, p.z * scale};
    }
    mesh.confidence = std::clamp(found[outputs_.confidence].values[0], 0.0f, 1.0f);
    return mesh;
}

Result<FaceMesh> MeshFinder::find(const Picture& picture, const Landmarks5& landmarks) const {
    MIEN_LET(first, look(picture, square_of(landmarks)));
    // A second look at where the mesh lies makes it independent of the detector's points.
    return look(picture, square_of(first));
}

Landmarks5 landmarks_of(const FaceMesh& mesh) {
    const auto at = [&](std::size_t i) { return Point{mesh.points[i].x, mesh.points[i].y}; };
    const auto mean = [&](std::span<const std::uint16_t> which) {
        Point sum;
        for (const std::uint16_t i : which) sum = {sum.x + at(i).x, sum.y + at(i).y};
        const auto count = static_cast<float>(which.size());
        return Point{sum.x / count, sum.y / count};
    };
    constexpr std::size_t nose_tip = 4;
    constexpr std::size_t left_corner = 61;
    constexpr std::size_t right_corner = 291;
    return {mean(std::span(left_eye).first<lid_points>()), mean(std::span(right_eye).first<lid_points>()), at(nose_tip),
            at(left_corner), at(right_corner)};
}

}  // namespace mien::face
