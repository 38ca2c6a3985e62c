#include "eval/coverings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "image/degrade.h"

namespace mien::eval {
namespace {

using Rgb = std::array<float, 3>;

// Eye distances from the middle of the eyes, to the right eye and down the face.
struct FacePlane {
    Point middle{};
    Point right{};  // one eye distance, in pixels
    Point place(Point p) const {
        return {middle.x + p.x * right.x - p.y * right.y, middle.y + p.x * right.y + p.y * right.x};
    }
    Point back(Point p) const {
        const Point d{p.x - middle.x, p.y - middle.y};
        const float square = std::max(right.x * right.x + right.y * right.y, 1e-3f);
        return {(d.x * right.x + d.y * right.y) / square, (d.y * right.x - d.x * right.y) / square};
    }
    float eyes() const { return std::hypot(right.x, right.y); }
};

Point at(const FaceMesh& mesh, std::size_t i) {
    return {mesh.points[i].x, mesh.points[i].y};
}

Point between(Point a, Point b, float share = 0.5f) {
    return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
}

FacePlane plane_of(const FaceMesh& mesh) {
    const Point left = between(at(mesh, 33), at(mesh, 133));
    const Point right = between(at(mesh, 362), at(mesh, 263));
    return {between(left, right), {right.x - left.x, right.y - left.y}};
}

// What covers one point of the face: its colour and how much of it is let through.
struct Layer {
    Rgb colour{};
    float opacity = 1;
};

// Everything within the outlines is painted; edges are as soft as a fiftieth of the eyes' distance.
Picture painted(const Picture& picture, const FacePlane& plane, const std::vector<std::vector<Point>>& outlines,
                const std::function<Layer(Point)>& layer) {
    Picture mask(picture.size());
    for (const auto& outline : outlines) mask = image::cover(mask, outline, 255);
    mask = image::blur(mask, 0.02f * plane.eyes());
    Picture result = picture;
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x) {
            const float there = static_cast<float>(mask.row(y)[3 * x]) / 255;
            if (there <= 0) continue;
            const Layer l = layer(plane.back({static_cast<float>(x), static_cast<float>(y)}));
            for (int c = 0; c < 3; ++c) {
                std::uint8_t& v = result.row(y)[3 * x + c];
                const float share = there * l.opacity;
                const float mixed =
                    share * l.colour.at(static_cast<std::size_t>(c)) + (1 - share) * static_cast<float>(v);
                v = static_cast<std::uint8_t>(std::clamp(mixed + 0.5f, 0.0f, 255.0f));
            }
        }
    }
    return result;
}

class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}
    float between(float low, float high) { return low + (high - low) * share(); }
    bool one_in(int n) { return share() * static_cast<float>(n) < 1; }

private:
    float share() { return static_cast<float>(random_() >> 40) / static_cast<float>(1 << 24); }
    std::mt19937_64 random_;
};

// The skin's colour between eyes and mouth, and whether the picture has colours at all.
Rgb skin_of(const Picture& picture, const FaceMesh& mesh) {
    Rgb sum{};
    for (const std::size_t i : {50, 205, 280, 425}) {
        const int x = std::clamp(static_cast<int>(mesh.points[i].x), 0, picture.width() - 1);
        const int y = std::clamp(static_cast<int>(mesh.points[i].y), 0, picture.height() - 1);
        for (std::size_t c = 0; c < 3; ++c)
            sum.at(c) += static_cast<float>(picture.row(y)[3 * x + static_cast<int>(c)]) / 4;
    }
    return sum;
}

// Cloth, rounded like the head, with folds across.
std::function<Layer(Point)> cloth(const Rgb& skin, Chance& chance) {
    const bool grey = std::abs(skin[0] - skin[2]) < 2;
    const float light = std::clamp((skin[0] + skin[1] + skin[2]) / 3 / 150, 0.25f, 1.4f);  // of the scene
    const std::array<Rgb, 6> colours{Rgb{210, 210, 210}, Rgb{120, 165, 195}, Rgb{110, 110, 110},
                                     Rgb{30, 30, 32},    Rgb{190, 185, 180}, skin};
    const auto kind = static_cast<std::size_t>(chance.between(0, 5.999f));
    Rgb colour = colours.at(kind);
    if (kind != 5)
        for (float& c : colour) c *= light * chance.between(0.85f, 1.1f);
    if (grey) colour.fill((colour[0] + colour[1] + colour[2]) / 3);
    const float fold = chance.between(0, 0.12f);
    const float length = chance.between(0.12f, 0.4f);
    const float phase = chance.between(0, 6.28f);
    const float square = kind == 4 ? chance.between(0.1f, 0.25f) : 0;
    return [=](Point p) {
        float shade =
            (1 - 0.3f * p.x * p.x) * (1 + fold * std::sin(6.28f * (p.y + 0.15f * p.x * p.x) / length + phase));
        const auto parity = [&](float v) { return static_cast<int>(std::floor(v / std::max(square, 1e-3f))) & 1; };
        if (square > 0 && parity(p.x) == parity(p.y)) shade *= 0.45f;
        return Layer{{colour[0] * shade, colour[1] * shade, colour[2] * shade}, 1};
    };
}

Picture with_mask(const Picture& picture, const FaceMesh& mesh, Chance& chance) {
    constexpr std::array<std::size_t, 19> jaw{323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
                                              148, 176, 149, 150, 136, 172, 58,  132, 93};
    const FacePlane plane = plane_of(mesh);
    // From the bridge of the nose to its tip's upper half.
    const Point top = between(at(mesh, 6), at(mesh, 195), chance.between(0, 1));
    const Point left = between(at(mesh, 118), at(mesh, 50), chance.between(0, 0.7f));
    const Point right = between(at(mesh, 347), at(mesh, 280), chance.between(0, 0.7f));
    std::vector<Point> outline{at(mesh, 93), left, top, right};
    for (const std::size_t i : jaw) outline.push_back(between(at(mesh, 4), at(mesh, i), 1.06f));
    std::vector<std::vector<Point>> outlines{outline};
    if (chance.one_in(4))  // a scarf goes on over the neck
        outlines.push_back({at(mesh, 132), at(mesh, 361), plane.place({1.2f, 3}), plane.place({-1.2f, 3})});
    const auto layer = cloth(skin_of(picture, mesh), chance);
    return painted(picture, plane, outlines, layer);
}

Picture with_cap(const Picture& picture, const FaceMesh& mesh, Chance& chance) {
    const FacePlane plane = plane_of(mesh);
    const float rim = chance.between(-0.75f, -0.45f);
    const float bow = chance.between(-0.15f, 0.15f);
    const float side = chance.between(1.05f, 1.25f);
    const float crown = chance.between(-1.9f, -1.5f);
    std::vector<Point> outline;
    for (int i = -4; i <= 4; ++i) {
        const float x = side * static_cast<float>(i) / 4;
        outline.push_back(plane.place({x, rim + bow * (1 - x * x / (side * side))}));
    }
    for (int i = 4; i >= -4; --i) {
        const float x = static_cast<float>(i) / 4;
        outline.push_back(plane.place({side * x, rim - 0.2f + (crown - rim) * std::sqrt(1 - 0.9f * x * x)}));
    }
    const auto layer = cloth(skin_of(picture, mesh), chance);
    return painted(picture, plane, {outline}, layer);
}

Picture with_glasses(const Picture& picture, const FaceMesh& mesh, Chance& chance) {
    const FacePlane plane = plane_of(mesh);
    const float wide = chance.between(0.32f, 0.46f);
    const float high = chance.between(0.2f, 0.36f);
    const float round = chance.between(2, 4);  // exponent of the super-ellipse
    const float low = chance.between(0, 0.08f);
    const float bridge = chance.between(-0.16f, -0.05f);
    std::vector<std::vector<Point>> outlines;
    std::array<Point, 2> middles{plane.back(between(at(mesh, 33), at(mesh, 133))),
                                 plane.back(between(at(mesh, 362), at(mesh, 263)))};
    for (const Point middle : middles) {
        std::vector<Point> lens;
        for (int i = 0; i < 24; ++i) {
            const float turn = 6.2832f * static_cast<float>(i) / 24;
            const auto bent = [&](float v) { return std::copysign(std::pow(std::abs(v), 2 / round), v); };
            lens.push_back(
                plane.place({middle.x + wide * bent(std::cos(turn)), middle.y + low + high * bent(std::sin(turn))}));
        }
        outlines.push_back(std::move(lens));
    }
    const auto bar = [&](float from, float to) {
        outlines.push_back({plane.place({from, bridge - 0.04f}), plane.place({to, bridge - 0.04f}),
                            plane.place({to, bridge + 0.04f}), plane.place({from, bridge + 0.04f})});
    };
    bar(middles[0].x, middles[1].x);
    bar(middles[1].x, middles[1].x + 0.65f);
    bar(middles[0].x - 0.65f, middles[0].x);
    const float dark = chance.between(8, 60);
    const float opacity = chance.between(0.8f, 1);
    const float fade = chance.between(0, 40);  // lighter towards the cheeks
    const bool shines = chance.one_in(3);
    const Point shine{chance.between(-0.2f, 0.2f), chance.between(-0.15f, 0.05f)};
    return painted(picture, plane, outlines, [=](Point p) {
        float shade = dark + fade * std::clamp(p.y / high, 0.0f, 1.0f);
        const Point middle = middles.at(p.x < 0 ? 0 : 1);
        const Point away{(p.x - middle.x - shine.x) / 0.09f, (p.y - middle.y - shine.y) / 0.06f};
        if (shines && away.x * away.x + away.y * away.y < 1) shade += 110;
        return Layer{{shade, shade, shade}, opacity};
    });
}

}  // namespace

Picture covered(const Picture& picture, const FaceMesh& mesh, Covering covering, std::uint64_t seed) {
    Chance chance(seed);
    switch (covering) {
        case Covering::DarkGlasses:
            return with_glasses(picture, mesh, chance);
        case Covering::Mask:
            return with_mask(picture, mesh, chance);
        case Covering::Cap:
            return with_cap(picture, mesh, chance);
    }
    return picture;
}

}  // namespace mien::eval
