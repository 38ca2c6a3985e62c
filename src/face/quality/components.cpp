#include "face/quality/components.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mien::face {
namespace {

float sigmoid(float x, float middle, float width) {
    return 1 / (1 + std::exp((middle - x) / width));
}

Scored scored(float native, float score) {
    return {native, std::clamp(std::round(score), 0.0f, 100.0f)};
}

using Histogram = std::array<float, 256>;

Histogram normalized(Histogram counts) {
    float all = 0;
    for (const float count : counts) all += count;
    for (float& count : counts) count /= std::max(all, 1.0f);
    return counts;
}

Histogram face_histogram(const AlignedFace& face) {
    Histogram counts{};
    for (std::size_t i = 0; i < face.luminance.size(); ++i)
        if (face.face[i] != 0) ++counts.at(face.luminance[i]);
    return normalized(counts);
}

// The zone beside the nose under an eye: a square of 0.3 eye distances, half-way down to the mouth.
struct Zone {
    int left = 0;
    int top = 0;
    int side = 0;
};

std::array<Zone, 2> cheeks_of(const AlignedFace& face) {
    const Point left = face.eyes[0];
    const Point right = face.eyes[1];
    const Point eyes{(left.x + right.x) / 2, (left.y + right.y) / 2};
    const int side = std::max(1, static_cast<int>(0.3f * std::hypot(right.x - left.x, right.y - left.y)));
    const float down = std::hypot(face.mouth.x - eyes.x, face.mouth.y - eyes.y) / 2;
    return {Zone{static_cast<int>(left.x) - side, static_cast<int>(left.y + down), side},
            Zone{static_cast<int>(right.x), static_cast<int>(right.y + down), side}};
}

// Calls what(index of the pixel) for the zone's pixels that are on the aligned picture.
void over(const AlignedFace& face, const Zone& zone, const auto& what) {
    for (int y = std::max(0, zone.top); y < std::min(face.picture.height(), zone.top + zone.side); ++y)
        for (int x = std::max(0, zone.left); x < std::min(face.picture.width(), zone.left + zone.side); ++x)
            what(static_cast<std::size_t>(y) * static_cast<std::size_t>(face.picture.width()) +
                 static_cast<std::size_t>(x));
}

Scored illumination_uniformity(const AlignedFace& face) {
    std::array<Histogram, 2> sides{};
    const auto zones = cheeks_of(face);
    for (std::size_t i = 0; i < sides.size(); ++i) {
        over(face, zones.at(i), [&](std::size_t pixel) {
            const float count = face.face[pixel] != 0 ? 1 : 0;
            sides.at(i).at(face.luminance[pixel]) += count;
        });
        sides.at(i) = normalized(sides.at(i));
    }
    float both = 0;
    for (std::size_t i = 0; i < sides[0].size(); ++i) both += std::min(sides[0].at(i), sides[1].at(i));
    return scored(both, 100 * std::pow(both, 0.3f));
}

// CIELAB's a and b of a mean sRGB colour under D50 (Bradford-adapted sRGB primaries).
std::array<float, 2> lab_of(std::array<double, 3> rgb) {
    for (double& v : rgb) v = v > 0.04045 ? std::pow((v + 0.055) / 1.055, 2.4) : v / 12.92;
    const auto [r, g, b] = rgb;
    const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
    const double x = f((0.43605 * r + 0.38508 * g + 0.14309 * b) / 0.964221);
    const double y = f(0.22249 * r + 0.71689 * g + 0.06062 * b);
    const double z = f((0.01393 * r + 0.09710 * g + 0.71419 * b) / 0.825211);
    return {static_cast<float>(500 * (x - y)), static_cast<float>(200 * (y - z))};
}

Scored natural_colour(const AlignedFace& face) {
    std::array<double, 3> sum{};
    double count = 0;
    for (const Zone& zone : cheeks_of(face)) {
        over(face, zone, [&](std::size_t pixel) {
            for (std::size_t c = 0; c < 3; ++c) sum.at(c) += face.picture.pixels()[3 * pixel + c] / 255.0;
            ++count;
        });
    }
    for (double& v : sum) v /= std::max(count, 1.0);
    const auto [a, b] = lab_of(sum);
    const auto beyond = [](float v, float low, float high) { return std::max({0.0f, low - v, v - high}); };
    // A colour on the green or blue side of grey is no skin's at all.
    const float native = a >= 0 && b >= 0 ? std::hypot(beyond(a, 5, 25), beyond(b, 5, 35)) : 100.0f;
    return scored(native, 200 * (1 - sigmoid(native, 0, 10)));
}

float share_between(const Histogram& histogram, std::size_t first, std::size_t last) {
    float share = 0;
    for (std::size_t i = first; i <= last; ++i) share += histogram.at(i);
    return share;
}

float distance(const FaceMesh& mesh, std::size_t a, std::size_t b) {
    return std::hypot(mesh.points[a].x - mesh.points[b].x, mesh.points[a].y - mesh.points[b].y);
}

// Points of the mesh above one another.
using Pairs = std::array<std::array<std::size_t, 2>, 3>;
constexpr Pairs left_lids{{{160, 144}, {159, 145}, {158, 153}}};
constexpr Pairs right_lids{{{385, 380}, {386, 374}, {387, 373}}};
constexpr Pairs lips{{{81, 178}, {13, 14}, {311, 402}}};

float widest(const FaceMesh& mesh, const Pairs& pairs) {
    float most = 0;
    for (const auto& [upper, lower] : pairs) most = std::max(most, distance(mesh, upper, lower));
    return most;
}

Scored turned(Degrees angle) {
    const float cosine = std::cos(angle.value * std::numbers::pi_v<float> / 180);
    return scored(angle.value, std::abs(angle.value) < 90 ? 100 * cosine * cosine : 0);
}

}  // namespace

LightMeasures light_measures(const AlignedFace& face) {
    const Histogram histogram = face_histogram(face);
    float mean = 0;
    for (std::size_t i = 0; i < histogram.size(); ++i) mean += histogram.at(i) * static_cast<float>(i) / 255;
    float variance = 0;
    float entropy = 0;
    for (std::size_t i = 0; i < histogram.size(); ++i) {
        const float p = histogram.at(i);
        const float away = static_cast<float>(i) / 255 - mean;
        variance += p * away * away;
        if (p > 0) entropy -= p * std::log2(p);
    }
    const float dark = share_between(histogram, 0, 25);
    const float light = share_between(histogram, 247, 255);
    constexpr float pi = std::numbers::pi_v<float>;
    return {illumination_uniformity(face),
            scored(mean, 100 * sigmoid(mean, 0.2f, 0.05f) * (1 - sigmoid(mean, 0.8f, 0.05f))),
            scored(variance, 100 * std::sin(60 * variance / (60 * variance + 1) * pi)),
            scored(dark, 120 * (0.832f - sigmoid(dark, 0.92f, 0.05f))),
            scored(light, 1 / (light + 0.01f)),
            scored(entropy, 12.5f * entropy),
            natural_colour(face)};
}

ShapeMeasures shape_measures(const FaceMesh& mesh, const Pose& pose, Size picture) {
    const FacePlaces places = places_of(mesh);
    const float t = std::max(places.eyes_to_chin(), 1e-3f);
    const float eyes = std::max(places.between_eyes(), 1e-3f);
    const float yaw = std::clamp(pose.yaw.value, -85.0f, 85.0f) * std::numbers::pi_v<float> / 180;
    const float frontal = places.between_eyes() / std::cos(yaw);
    const auto width = static_cast<float>(picture.width);
    const auto height = static_cast<float>(picture.height);
    const float level = (places.eyes[0].y + places.eyes[1].y) / 2;
    const float open = std::min(widest(mesh, left_lids), widest(mesh, right_lids)) / t;
    const float mouth = widest(mesh, lips) / t;
    const float size = t / height;
    const float left = places.eyes[0].x / eyes;
    const float right = (width - places.eyes[1].x) / eyes;
    const float above = level / t;
    const float below = (height - level) / t;
    return {scored(open, 100 * sigmoid(open, 0.02f, 0.01f)),
            scored(mouth, 100 * (1 - sigmoid(mouth, 0.2f, 0.06f))),
            scored(frontal, 100 * sigmoid(frontal, 70, 20)),
            scored(size, 200 * (1 - sigmoid(std::abs(size - 0.45f), 0, 0.05f))),
            scored(left, 100 * sigmoid(left, 0.9f, 0.1f)),
            scored(right, 100 * sigmoid(right, 0.9f, 0.1f)),
            scored(above, 100 * sigmoid(above, 1.4f, 0.1f)),
            scored(below, 100 * sigmoid(below, 1.8f, 0.1f)),
            turned(pose.yaw),
            turned(pose.pitch),
            turned(pose.roll)};
}

Scored single_face(float share) {
    const float native = std::sqrt(std::clamp(share, 0.0f, 1.0f));
    return scored(native, 100 * (1 - native));
}

}  // namespace mien::face
