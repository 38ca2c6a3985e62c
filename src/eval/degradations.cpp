#include "eval/degradations.h"

#include <cmath>
#include <numbers>

#include "image/degrade.h"
#include "image/resize.h"
#include "image/warp.h"
#include "media/read_picture.h"
#include "media/write_picture.h"

namespace mien::eval {
namespace {

// Points in eye distances from the middle of the eyes (to the right eye, then down the face) → picture.
std::vector<Point> on_face(const Landmarks5& face, const std::vector<Point>& outline) {
    const Point right{face.right_eye.x - face.left_eye.x, face.right_eye.y - face.left_eye.y};
    const Point middle{(face.left_eye.x + face.right_eye.x) / 2, (face.left_eye.y + face.right_eye.y) / 2};
    std::vector<Point> placed;
    for (const Point p : outline)
        placed.push_back({middle.x + p.x * right.x - p.y * right.y, middle.y + p.x * right.y + p.y * right.x});
    return placed;
}

std::string text_of(float value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

Result<Picture> as_jpeg(const Picture& picture, int quality) {
    MIEN_LET(bytes, media::encode_jpeg(picture, quality));
    MIEN_LET(decoded, media::decode_picture(bytes));
    return std::move(decoded.picture);
}

// The picture at `share` of its sides, brought back to its size.
Picture reduced(const Picture& picture, float share) {
    if (share >= 1) return picture;
    const auto part = [share](int side) {
        return std::max(1, static_cast<int>(std::lround(static_cast<float>(side) * share)));
    };
    return image::resize(image::resize(picture, {part(picture.width()), part(picture.height())}), picture.size());
}

using Seed = std::uint64_t;

Degradation none() {
    return {"none", "", "as it is", [](const Picture& p, const Landmarks5&, Seed) { return p; }};
}
Degradation blur(float sigma) {
    return {"blur", text_of(sigma), "Gaussian, sigma in pixels",
            [=](const Picture& p, const Landmarks5&, Seed) { return image::blur(p, sigma); }};
}
Degradation noise(float deviation) {
    return {"noise", text_of(deviation), "Gaussian, standard deviation of 255",
            [=](const Picture& p, const Landmarks5&, Seed seed) { return image::add_noise(p, deviation, seed); }};
}
Degradation darkness(float gain) {
    return {"darkness", text_of(gain), "share of the light that is left",
            [=](const Picture& p, const Landmarks5&, Seed) { return image::darken(p, gain); }};
}
Degradation jpeg(int quality) {
    return {"jpeg", std::to_string(quality), "JPEG quality",
            [=](const Picture& p, const Landmarks5&, Seed) { return as_jpeg(p, quality); }};
}
Degradation reduction(float share) {
    return {"reduction", text_of(share), "share of the sides that is left before they are brought back",
            [=](const Picture& p, const Landmarks5&, Seed) { return reduced(p, share); }};
}
Degradation size(float pixels) {
    return {"size", text_of(pixels), "pixels between the eyes",
            [=](const Picture& p, const Landmarks5& face, Seed) { return coarsened(p, face, pixels); }};
}
Degradation turn(float angle) {
    return {"turn", text_of(angle), "degrees within the picture",
            [=](const Picture& p, const Landmarks5&, Seed) { return turned(p, {angle}); }};
}

std::vector<Degradation> covers() {
    constexpr std::uint8_t cloth = 190;
    constexpr std::uint8_t dark = 15;
    return {{"cover", "mask", "light mask over nose, mouth and chin",
             [](const Picture& p, const Landmarks5& face, Seed) { return image::cover(p, mask_outline(face), cloth); }},
            {"cover", "glasses", "two dark glasses",
             [](const Picture& p, const Landmarks5& face, Seed) {
                 Picture covered = p;
                 for (const auto& glass : glasses_outlines(face)) covered = image::cover(covered, glass, dark);
                 return covered;
             }},
            {"cover", "eye_bar", "black bar over both eyes",
             [](const Picture& p, const Landmarks5& face, Seed) { return image::cover(p, eye_bar_outline(face), 0); }}};
}

}  // namespace

std::string Degradation::name() const {
    return level.empty() ? factor : factor + " " + level;
}

const std::vector<Degradation>& robustness_degradations() {
    static const std::vector<Degradation> all = [] {
        std::vector<Degradation> made{size(60),       size(30),        size(20),        size(12),  size(8),   blur(1),
                                      blur(2),        blur(4),         blur(6),         noise(10), noise(25), noise(50),
                                      darkness(0.1f), darkness(0.03f), darkness(0.01f), jpeg(30),  jpeg(15),  jpeg(7),
                                      turn(15),       turn(30),        turn(60)};
        for (Degradation& cover : covers()) made.push_back(std::move(cover));
        return made;
    }();
    return all;
}

const std::vector<Degradation>& quality_degradations() {
    static const std::vector<Degradation> all{none(),          blur(2),         blur(4),          blur(7),
                                              noise(15),       noise(40),       noise(80),        darkness(0.1f),
                                              darkness(0.03f), darkness(0.01f), jpeg(20),         jpeg(8),
                                              jpeg(3),         reduction(0.2f), reduction(0.12f), reduction(0.08f)};
    return all;
}

std::vector<Point> mask_outline(const Landmarks5& face) {
    return on_face(face, {{-1.0f, 0.5f},
                          {0, 0.35f},
                          {1.0f, 0.5f},
                          {0.95f, 1.2f},
                          {0.5f, 1.85f},
                          {0, 2.0f},
                          {-0.5f, 1.85f},
                          {-0.95f, 1.2f}});
}

std::vector<Point> eye_bar_outline(const Landmarks5& face) {
    return on_face(face, {{-1.0f, -0.25f}, {1.0f, -0.25f}, {1.0f, 0.25f}, {-1.0f, 0.25f}});
}

std::vector<std::vector<Point>> glasses_outlines(const Landmarks5& face) {
    std::vector<std::vector<Point>> glasses;
    for (const float x : {-0.5f, 0.5f})
        glasses.push_back(on_face(face, {{x - 0.4f, -0.2f},
                                         {x + 0.4f, -0.2f},
                                         {x + 0.4f, 0.1f},
                                         {x + 0.2f, 0.3f},
                                         {x - 0.2f, 0.3f},
                                         {x - 0.4f, 0.1f}}));
    glasses.push_back(on_face(face, {{-0.1f, -0.12f}, {0.1f, -0.12f}, {0.1f, -0.04f}, {-0.1f, -0.04f}}));
    return glasses;
}

Picture coarsened(const Picture& picture, const Landmarks5& face, float pixels) {
    const float now = std::hypot(face.right_eye.x - face.left_eye.x, face.right_eye.y - face.left_eye.y);
    return reduced(picture, pixels / std::max(now, 1.0f));
}

Picture turned(const Picture& picture, Degrees angle) {
    const float radians = angle.value * std::numbers::pi_v<float> / 180;
    const float c = std::cos(radians);
    const float s = std::sin(radians);
    const float x = static_cast<float>(picture.width() - 1) / 2;
    const float y = static_cast<float>(picture.height() - 1) / 2;
    return image::warp(picture, {{c, s, x - c * x - s * y, -s, c, y + s * x - c * y}}, picture.size());
}

}  // namespace mien::eval
