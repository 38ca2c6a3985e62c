#include "image/warp.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "image/resize.h"

namespace mien::image {
namespace {

// With a margin for whole blocks of `factor` pixels.
Box bounds_in_source(const Affine& to_source, Size size, int factor) {
    const auto margin = static_cast<float>(2 * factor);
    const auto w = static_cast<float>(size.width);
    const auto h = static_cast<float>(size.height);
    const std::array corners{to_source({0, 0}), to_source({w, 0}), to_source({0, h}), to_source({w, h})};
    const auto [left, right] = std::ranges::minmax_element(corners, {}, &Point::x);
    const auto [top, bottom] = std::ranges::minmax_element(corners, {}, &Point::y);
    return {left->x - margin, top->y - margin, right->x - left->x + 2 * margin, bottom->y - top->y + 2 * margin};
}

float source_pixels_per_pixel(const Affine& map) {
    return std::sqrt(std::abs(map.m[0] * map.m[4] - map.m[1] * map.m[3]));
}

void sample(const Picture& from, Point at, std::uint8_t* to) {
    const int x = static_cast<int>(std::floor(at.x));
    const int y = static_cast<int>(std::floor(at.y));
    if (x < 0 || y < 0 || x + 1 >= from.width() || y + 1 >= from.height()) return;  // stays black
    const float right = at.x - static_cast<float>(x);
    const float down = at.y - static_cast<float>(y);
    const std::uint8_t* upper = from.row(y) + x * 3;
    const std::uint8_t* lower = from.row(y + 1) + x * 3;
    for (int c = 0; c < 3; ++c) {
        const float above = static_cast<float>(upper[c]) + right * static_cast<float>(upper[c + 3] - upper[c]);
        const float below = static_cast<float>(lower[c]) + right * static_cast<float>(lower[c + 3] - lower[c]);
        to[c] = static_cast<std::uint8_t>(above + down * (below - above) + 0.5f);
    }
}

Picture warp_directly(const Picture& from, const Affine& to_source, Size size) {
    Picture result(size);
    for (int y = 0; y < size.height; ++y) {
        std::uint8_t* to = result.row(y);
        for (int x = 0; x < size.width; ++x) {
            sample(from, to_source({static_cast<float>(x), static_cast<float>(y)}), to + x * 3);
        }
    }
    return result;
}

}  // namespace

Affine inverse(const Affine& map) {
    const auto& [a, b, c, d, e, f] = map.m;
    const float det = a * e - b * d;
    assert(det != 0);
    return {{e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det}};
}

Affine compose(const Affine& outer, const Affine& inner) {
    const auto& o = outer.m;
    const auto& i = inner.m;
    return {{o[0] * i[0] + o[1] * i[3], o[0] * i[1] + o[1] * i[4], o[0] * i[2] + o[1] * i[5] + o[2],
             o[3] * i[0] + o[4] * i[3], o[3] * i[1] + o[4] * i[4], o[3] * i[2] + o[4] * i[5] + o[5]}};
}

Part cut(const Picture& from, const Box& box) {
    const int left = static_cast<int>(std::clamp(std::floor(box.x), 0.0f, static_cast<float>(from.width() - 1)));
    const int top = static_cast<int>(std::clamp(std::floor(box.y), 0.0f, static_cast<float>(from.height() - 1)));
    const int right = static_cast<int>(
        std::clamp(std::ceil(box.x + box.width), static_cast<float>(left + 1), static_cast<float>(from.width())));
    const int bottom = static_cast<int>(
        std::clamp(std::ceil(box.y + box.height), static_cast<float>(top + 1), static_cast<float>(from.height())));
    Picture part({right - left, bottom - top});
    for (int y = top; y < bottom; ++y) {
        std::memcpy(part.row(y - top), from.row(y) + left * 3, static_cast<std::size_t>(right - left) * 3);
    }
    return {std::move(part), {static_cast<float>(left), static_cast<float>(top)}};
}

Picture warp(const Picture& from, const Affine& to_source, Size size) {
    const int factor = std::min(128, static_cast<int>(source_pixels_per_pixel(to_source)));
    if (factor < 2) return warp_directly(from, to_source, size);
    const Part part = cut(from, bounds_in_source(to_source, size, factor));
    const auto f = static_cast<float>(factor);
    // Pixel i of the reduced part is centred on pixel i f + (f - 1) / 2 of the part.
    const float shift = (f - 1) / 2;
    const Affine to_reduced{{1 / f, 0, -(part.origin.x + shift) / f, 0, 1 / f, -(part.origin.y + shift) / f}};
    return warp_directly(reduce(part.picture, factor), compose(to_reduced, to_source), size);
}

Turned turned(const Picture& from, QuarterTurn turn) {
    const auto right = static_cast<float>(from.width() - 1);
    const auto bottom = static_cast<float>(from.height() - 1);
    Affine to_source{};
    switch (turn) {
        case QuarterTurn::None:
            return {from, {}};
        case QuarterTurn::Clockwise:
            to_source = {{0, 1, 0, -1, 0, bottom}};
            break;
        case QuarterTurn::Half:
            to_source = {{-1, 0, right, 0, -1, bottom}};
            break;
        case QuarterTurn::Anticlockwise:
            to_source = {{0, -1, right, 1, 0, 0}};
            break;
    }
    const bool lying = turn != QuarterTurn::Half;
    Picture picture(lying ? Size{from.height(), from.width()} : from.size());
    // Steps through the source for each pixel to the right; whole numbers by construction.
    const int step_x = static_cast<int>(to_source.m[0]);
    const int step_y = static_cast<int>(to_source.m[3]);
    for (int y = 0; y < picture.height(); ++y) {
        const Point start = to_source({0, static_cast<float>(y)});
        int source_x = static_cast<int>(start.x);
        int source_y = static_cast<int>(start.y);
        std::uint8_t* to = picture.row(y);
        for (int x = 0; x < picture.width(); ++x, source_x += step_x, source_y += step_y)
            std::memcpy(to + x * 3, from.row(source_y) + source_x * 3, 3);
    }
    return {std::move(picture), to_source};
}

Affine fit_similarity(std::span<const Point> from, std::span<const Point> to) {
    assert(from.size() == to.size() && from.size() >= 2);
    const auto mean = [](std::span<const Point> points) {
        Point sum;
        for (const Point p : points) sum = {sum.x + p.x, sum.y + p.y};
        return Point{sum.x / static_cast<float>(points.size()), sum.y / static_cast<float>(points.size())};
    };
    const Point a = mean(from);
    const Point b = mean(to);
    float along = 0;
    float across = 0;
    float spread = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const Point p{from[i].x - a.x, from[i].y - a.y};
        const Point q{to[i].x - b.x, to[i].y - b.y};
        along += p.x * q.x + p.y * q.y;
        across += p.x * q.y - p.y * q.x;
        spread += p.x * p.x + p.y * p.y;
    }
    if (spread <= 0) return {{1, 0, b.x - a.x, 0, 1, b.y - a.y}};
    const float c = along / spread;   // scale times cosine
    const float s = across / spread;  // scale times sine
    return {{c, -s, b.x - c * a.x + s * a.y, s, c, b.y - s * a.x - c * a.y}};
}

}  // namespace mien::image
