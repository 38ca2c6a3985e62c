#include "face/attributes/frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "image/warp.h"

namespace mien::face {
namespace {

// Median places in 1,867 pictures of the training part, as our own detector sees them, made symmetric; shares of a
// side.
constexpr float pixels = 48;
constexpr std::array<Point, 5> places{Point{15.05f / pixels, 19.2f / pixels}, Point{32.95f / pixels, 19.2f / pixels},
                                      Point{24.0f / pixels, 28.6f / pixels}, Point{16.9f / pixels, 38.0f / pixels},
                                      Point{31.1f / pixels, 38.0f / pixels}};

// `p`, moved at least `margin` pixels into the picture if it is not there already.
Point into(const Picture& picture, Point p, float margin) {
    const auto side = [margin](float v, int length) {
        const float last = static_cast<float>(length - 1);
        return std::clamp(v, std::min(margin, last / 2), std::max(last - margin, last / 2));
    };
    return {side(p.x, picture.width()), side(p.y, picture.height())};
}

int nearest(float v, int size) {
    return std::clamp(static_cast<int>(v + 0.5f), 0, size - 1);
}

}  // namespace

Affine expression_frame(const Landmarks5& landmarks) {
    return image::fit_similarity(places, landmarks.points());
}

Box box_of(const Affine& frame) {
    const std::array corners{frame({0, 0}), frame({1, 0}), frame({0, 1}), frame({1, 1})};
    const auto [left, right] = std::ranges::minmax_element(corners, {}, &Point::x);
    const auto [top, bottom] = std::ranges::minmax_element(corners, {}, &Point::y);
    return {left->x, top->y, right->x - left->x, bottom->y - top->y};
}

float side_of(const Affine& frame) {
    return std::hypot(frame.m[0], frame.m[3]);
}

Picture cut_frame(const Picture& picture, const Affine& frame, int side) {
    const auto length = static_cast<float>(side);
    const float middle = 0.5f / length;  // of the first pixel
    const Affine to_picture = image::compose(frame, {{1 / length, 0, middle, 0, 1 / length, middle}});
    const Affine to_crop = image::inverse(to_picture);
    const Picture inside = image::warp(picture, to_picture, {side, side});
    Picture crop = inside;
    const float margin = 1 + side_of(frame) / length;  // a crop's pixel, for blocks that were averaged
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const Point at = to_picture({static_cast<float>(x), static_cast<float>(y)});
            const Point reached = into(picture, at, margin);
            if (reached == at) continue;
            const Point from = to_crop(reached);
            std::memcpy(crop.row(y) + 3 * x, inside.row(nearest(from.y, side)) + 3 * nearest(from.x, side), 3);
        }
    }
    return crop;
}

}  // namespace mien::face
