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

using Seed = std::uint64_t;

std::vector<Degradation> by_strength() {
    std::vector<Degradation> all;
    for (const float pixels : {60.0f, 30.0f, 20.0f, 12.0f, 8.0f})
        all.push_back({"size", text_of(pixels), "pixels between the eyes",
                       [=](const Picture& p, const Landmarks5& face, Seed) { return coarsened(p, face, pixels); }});
    for (const float sigma : {1.0f, 2.0f, 4.0f, 6.0f})
        all.push_back({"blur", text_of(sigma), "Gaussian, sigma in pixels",
                       [=](const Picture& p, const Landmarks5&, Seed) { return image::blur(p, sigma); }});
    for (const float deviation : {10.0f, 25.0f, 50.0f})
        all.push_back(
            {"noise", text_of(deviation), "Gaussian, standard deviation of 255",
             [=](const Picture& p, const Landmarks5&, Seed seed) { return image::add_noise(p, deviation, seed); }});
    for (const float gain : {0.1f, 0.03f, 0.01f})
        all.push_back({"darkness", text_of(gain), "share of the light that is left",
                       [=](const Picture& p, const Landmarks5&, Seed) { return image::darken(p, gain); }});
    for (const int quality : {30, 15, 7})
        all.push_back({"jpeg", std::to_string(quality), "JPEG quality",
                       [=](const Picture& p, const Landmarks5&, Seed) { return as_jpeg(p, quality); }});
    for (const float angle : {15.0f, 30.0f, 60.0f})
        all.push_back({"turn", text_of(angle), "degrees within the picture",
                       [=](const Picture& p, const Landmarks5&, Seed) { return turned(p, {angle}); }});
    return all;
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

const std::vector<Degradation>& degradations() {
    static const std::vector<Degradation> all = [] {
        std::vector<Degradation> made = by_strength();
        for (Degradation& cover : covers()) made.push_back(std::move(cover));
        return made;
    }();
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
    const float scale = pixels / std::max(now, 1.0f);
    if (scale >= 1) return picture;
    const auto part = [&](int side) {
        return std::max(1, static_cast<int>(std::lround(static_cast<float>(side) * scale)));
    };
    return image::resize(image::resize(picture, {part(picture.width()), part(picture.height())}), picture.size());
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
