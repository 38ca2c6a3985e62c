#include "eval/conditions.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "image/resize.h"
#include "image/warp.h"

namespace mien::eval {
namespace {

float shorter_side(const Box& box) {
    return std::min(box.width, box.height);
}

// Boxes keep their size and go along with their middles: a face's box is about a square.
MarkedFace mapped(const MarkedFace& face, const Affine& map, float scale) {
    MarkedFace result = face;
    result.nose = map(face.nose);
    const Point middle = map(face.box.centre());
    result.box.width *= scale;
    result.box.height *= scale;
    result.box.x = middle.x - result.box.width / 2;
    result.box.y = middle.y - result.box.height / 2;
    for (Point& p : result.landmarks) p = map(p);
    return result;
}

MarkedPicture mapped(const MarkedPicture& marks, const Affine& map, float scale) {
    MarkedPicture result{marks.file, {}};
    for (const MarkedFace& face : marks.faces) result.faces.push_back(mapped(face, map, scale));
    return result;
}

// The part of the picture in `window`, as large as `size`; only face `index` of its faces is counted.
VariedPicture cut_out(const Picture& picture, const MarkedPicture& marks, std::size_t index, const Box& window,
                      float scale) {
    const image::Part part = image::cut(picture, window);
    const auto length = [scale](int side) {
        return std::max(1, static_cast<int>(std::lround(static_cast<float>(side) * scale)));
    };
    const Affine map{{scale, 0, -part.origin.x * scale, 0, scale, -part.origin.y * scale}};
    VariedPicture varied{image::resize(part.picture, {length(part.picture.width()), length(part.picture.height())}),
                         mapped(marks, map, scale)};
    varied.marks.file += "#" + std::to_string(index);
    for (std::size_t i = 0; i < varied.marks.faces.size(); ++i) varied.marks.faces[i].counted = i == index;
    return varied;
}

Box grown(const Box& box, float share) {
    return {box.x - share * box.width, box.y - share * box.height, box.width * (1 + 2 * share),
            box.height * (1 + 2 * share)};
}

std::vector<VariedPicture> at_side(const Picture& picture, const MarkedPicture& marks, float side) {
    constexpr float surroundings = 4;
    std::vector<VariedPicture> made;
    for (std::size_t i = 0; i < marks.faces.size(); ++i) {
        const Box& box = marks.faces[i].box;
        if (box.width > 0)
            made.push_back(cut_out(picture, marks, i, grown(box, surroundings), side / shorter_side(box)));
    }
    return made;
}

std::vector<VariedPicture> filled(const Picture& picture, const MarkedPicture& marks) {
    constexpr float side = 256;
    std::vector<VariedPicture> made;
    for (std::size_t i = 0; i < marks.faces.size(); ++i) {
        const Box window = grown(marks.faces[i].box, 0.1f);
        if (window.width > 0) made.push_back(cut_out(picture, marks, i, window, side / shorter_side(window)));
    }
    return made;
}

VariedPicture turned(const Picture& picture, const MarkedPicture& marks, float degrees) {
    const float angle = degrees * std::numbers::pi_v<float> / 180;
    const float c = std::cos(angle);
    const float s = std::sin(angle);
    const auto w = static_cast<float>(picture.width());
    const auto h = static_cast<float>(picture.height());
    const Size size{static_cast<int>(std::ceil(std::abs(c) * w + std::abs(s) * h)),
                    static_cast<int>(std::ceil(std::abs(s) * w + std::abs(c) * h))};
    const Point from{(w - 1) / 2, (h - 1) / 2};
    const Point to{static_cast<float>(size.width - 1) / 2, static_cast<float>(size.height - 1) / 2};
    const Affine map{{c, -s, to.x - c * from.x + s * from.y, s, c, to.y - s * from.x - c * from.y}};
    return {image::warp(picture, image::inverse(map), size), mapped(marks, map, 1)};
}

std::vector<VariedPicture> hidden(const Picture& picture, const MarkedPicture& marks, Condition half) {
    VariedPicture varied{picture, marks};
    for (const MarkedFace& face : marks.faces) {
        if (face.box.width <= 0) return {};
        Box plate = face.box;
        if (half == Condition::LowerHidden) plate.y += plate.height / 2;
        (half == Condition::LowerHidden ? plate.height : plate.width) /= 2;
        const int top = std::max(0, static_cast<int>(plate.y));
        const int bottom = std::min(picture.height(), static_cast<int>(plate.y + plate.height));
        const int left = std::max(0, static_cast<int>(plate.x));
        const int right = std::min(picture.width(), static_cast<int>(plate.x + plate.width));
        for (int y = top; y < bottom; ++y)
            if (left < right) std::fill(varied.picture.row(y) + left * 3, varied.picture.row(y) + right * 3, 128);
    }
    return {std::move(varied)};
}

VariedPicture dark(const Picture& picture, const MarkedPicture& marks) {
    VariedPicture varied{picture, marks};
    for (std::uint8_t& v : varied.picture.pixels()) v /= 8;
    return varied;
}

std::vector<VariedPicture> blurred(const Picture& picture, const MarkedPicture& marks) {
    constexpr float side = 12;
    float smallest = 0;
    for (const MarkedFace& face : marks.faces) {
        if (face.box.width <= 0) return {};
        smallest = smallest > 0 ? std::min(smallest, shorter_side(face.box)) : shorter_side(face.box);
    }
    if (smallest <= side) return {};
    const auto length = [&](int whole) {
        return std::max(1, static_cast<int>(std::lround(static_cast<float>(whole) * side / smallest)));
    };
    const Picture coarse = image::resize(picture, {length(picture.width()), length(picture.height())});
    return {{image::resize(coarse, picture.size()), marks}};
}

}  // namespace

const char* name_of(Condition condition) {
    switch (condition) {
        case Condition::AsIs:
            return "as it is";
        case Condition::Side14:
            return "face of 14 pixels";
        case Condition::Side20:
            return "face of 20 pixels";
        case Condition::Side28:
            return "face of 28 pixels";
        case Condition::Side40:
            return "face of 40 pixels";
        case Condition::Side80:
            return "face of 80 pixels";
        case Condition::Filled:
            return "face fills the picture";
        case Condition::Turned30:
            return "turned by 30 degrees";
        case Condition::Turned60:
            return "turned by 60 degrees";
        case Condition::Turned90:
            return "turned by 90 degrees";
        case Condition::Turned180:
            return "turned by 180 degrees";
        case Condition::LowerHidden:
            return "lower half hidden";
        case Condition::LeftHidden:
            return "left half hidden";
        case Condition::Dark:
            return "dark";
        case Condition::Blurred:
            return "blurred";
    }
    return "";
}

std::vector<VariedPicture> vary(const Picture& picture, const MarkedPicture& marks, Condition condition) {
    switch (condition) {
        case Condition::AsIs:
            return {{picture, marks}};
        case Condition::Side14:
            return at_side(picture, marks, 14);
        case Condition::Side20:
            return at_side(picture, marks, 20);
        case Condition::Side28:
            return at_side(picture, marks, 28);
        case Condition::Side40:
            return at_side(picture, marks, 40);
        case Condition::Side80:
            return at_side(picture, marks, 80);
        case Condition::Filled:
            return filled(picture, marks);
        case Condition::Turned30:
            return {turned(picture, marks, 30)};
        case Condition::Turned60:
            return {turned(picture, marks, 60)};
        case Condition::Turned90:
            return {turned(picture, marks, 90)};
        case Condition::Turned180:
            return {turned(picture, marks, 180)};
        case Condition::LowerHidden:
        case Condition::LeftHidden:
            return hidden(picture, marks, condition);
        case Condition::Dark:
            return {dark(picture, marks)};
        case Condition::Blurred:
            return blurred(picture, marks);
    }
    return {};
}

}  // namespace mien::eval
