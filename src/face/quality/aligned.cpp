#include "face/quality/aligned.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "image/warp.h"

namespace mien::face {
namespace {

// Where the window lies in the square of 616, and its sides.
constexpr Point window{108, 128};
constexpr Size window_size{400, 400};

// Jaw from ear to ear, then the brows' upper borders: what WFLW's 98 points enclose.
constexpr std::array<std::uint16_t, 33> outline{127, 234, 93,  132, 58,  172, 136, 150, 149, 176, 148,
                                                152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
                                                356, 300, 293, 334, 296, 336, 107, 66,  105, 63,  70};

Point at(const FaceMesh& mesh, std::size_t i) {
    return {mesh.points[i].x, mesh.points[i].y};
}

Point middle(Point a, Point b) {
    return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

float distance(Point a, Point b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

std::array<float, 256> light_table() {
    std::array<float, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const float v = static_cast<float>(i) / 255;
        table.at(i) = 255 * (v <= 0.04045f ? v / 12.92f : std::pow((v + 0.055f) / 1.055f, 2.4f));
    }
    return table;
}

std::vector<std::uint8_t> luminance_of(const Picture& picture) {
    static const std::array<float, 256> light = light_table();
    std::vector<std::uint8_t> luminance;
    luminance.reserve(picture.pixels().size() / 3);
    for (std::size_t i = 0; i + 2 < picture.pixels().size(); i += 3) {
        const std::uint8_t* p = picture.pixels().data() + i;
        const float y = 0.2126f * light[p[0]] + 0.7152f * light[p[1]] + 0.0722f * light[p[2]];
        luminance.push_back(static_cast<std::uint8_t>(y + 0.5f));
    }
    return luminance;
}

float cross(Point o, Point a, Point b) {
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

// Andrew's monotone chain.
std::vector<Point> hull_of(std::vector<Point> points) {
    std::ranges::sort(points, [](Point a, Point b) { return a.x < b.x || (a.x == b.x && a.y < b.y); });
    std::vector<Point> hull;
    for (int pass = 0; pass < 2; ++pass) {
        const std::size_t start = hull.size();
        for (const Point p : points) {
            while (hull.size() >= start + 2 && cross(hull[hull.size() - 2], hull.back(), p) <= 0) hull.pop_back();
            hull.push_back(p);
        }
        hull.pop_back();
        std::ranges::reverse(points);
    }
    return hull;
}

std::vector<std::uint8_t> filled(const std::vector<Point>& polygon, Size size) {
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
    for (int y = 0; y < size.height; ++y) {
        float from = static_cast<float>(size.width);
        float to = -1;
        const auto row = static_cast<float>(y);
        for (std::size_t i = 0; i < polygon.size(); ++i) {
            const Point a = polygon[i];
            const Point b = polygon[(i + 1) % polygon.size()];
            if ((a.y <= row) == (b.y <= row)) continue;
            const float x = a.x + (row - a.y) / (b.y - a.y) * (b.x - a.x);
            from = std::min(from, x);
            to = std::max(to, x);
        }
        const int first = std::max(0, static_cast<int>(std::ceil(from)));
        const int last = std::min(size.width - 1, static_cast<int>(std::floor(to)));
        if (first <= last)
            std::fill_n(mask.begin() + static_cast<std::ptrdiff_t>(y) * size.width + first, last - first + 1,
                        std::uint8_t{1});
    }
    return mask;
}

std::vector<std::uint8_t> inside_mask(const Affine& to_source, Size source, Size size) {
    const Box whole{-0.5f, -0.5f, static_cast<float>(source.width), static_cast<float>(source.height)};
    std::vector<std::uint8_t> mask;
    mask.reserve(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            mask.push_back(whole.holds(to_source({static_cast<float>(x), static_cast<float>(y)})) ? 1 : 0);
    return mask;
}

}  // namespace

float FacePlaces::between_eyes() const {
    return distance(eyes[0], eyes[1]);
}

float FacePlaces::eyes_to_chin() const {
    return distance(middle(eyes[0], eyes[1]), chin);
}

FacePlaces places_of(const FaceMesh& mesh) {
    return {{middle(at(mesh, 33), at(mesh, 133)), middle(at(mesh, 362), at(mesh, 263))},
            at(mesh, 4),
            {at(mesh, 61), at(mesh, 291)},
            at(mesh, 152)};
}

AlignedFace align(const Picture& picture, const FaceMesh& mesh) {
    const FacePlaces places = places_of(mesh);
    const auto in_window = [](float x, float y) { return Point{x - window.x, y - window.y}; };
    const std::array wanted{in_window(251, 272), in_window(364, 272), in_window(308, 336), in_window(262, 402),
                            in_window(355, 402)};
    const std::array seen{places.eyes[0], places.eyes[1], places.nose, places.mouth[0], places.mouth[1]};
    const Affine to_source = image::fit_similarity(wanted, seen);
    const Affine to_window = image::inverse(to_source);

    std::vector<Point> border;
    for (const std::uint16_t i : outline) border.push_back(to_window(at(mesh, i)));
    AlignedFace face{image::warp(picture, to_source, window_size)};
    face.luminance = luminance_of(face.picture);
    face.face = filled(hull_of(std::move(border)), window_size);
    face.inside = inside_mask(to_source, picture.size(), window_size);
    face.eyes = {to_window(places.eyes[0]), to_window(places.eyes[1])};
    face.nose = to_window(places.nose);
    face.mouth_corners = {to_window(places.mouth[0]), to_window(places.mouth[1])};
    face.mouth = to_window(middle(places.mouth[0], places.mouth[1]));
    face.chin = to_window(places.chin);
    return face;
}

}  // namespace mien::face
