#include "face/quality/quality.h"

#include <algorithm>
#include <cmath>

namespace mien::face {
namespace {

struct Luminance {
    float mean = 0;
    float deviation = 0;
    float sharpness = 0;
};

// Over the middle of the crop, which holds skin, eyes and mouth rather than hair and background.
Luminance luminance_of(const Picture& crop) {
    const int left = crop.width() / 5;
    const int right = crop.width() - left;
    const int top = crop.height() / 5;
    const int bottom = crop.height() - top / 2;
    const auto grey = [&](int x, int y) {
        const std::uint8_t* p = crop.row(y) + x * 3;
        return (static_cast<float>(p[0]) * 299 + static_cast<float>(p[1]) * 587 + static_cast<float>(p[2]) * 114) /
               1000;
    };
    double sum = 0;
    double squares = 0;
    double laplacian = 0;
    for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
            const float here = grey(x, y);
            sum += here;
            squares += here * here;
            laplacian += std::abs(4 * here - grey(x - 1, y) - grey(x + 1, y) - grey(x, y - 1) - grey(x, y + 1));
        }
    }
    const double count = static_cast<double>(right - left) * (bottom - top);
    const double mean = sum / count;
    const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
    return {static_cast<float>(mean), static_cast<float>(deviation),
            static_cast<float>(laplacian / count / std::max(deviation, 1.0))};
}

float share_inside(Size frame, const Crop& crop) {
    constexpr int step = 5;
    int inside = 0;
    int all = 0;
    const Box whole{0, 0, static_cast<float>(frame.width), static_cast<float>(frame.height)};
    for (int y = 0; y < crop.picture.height(); y += step) {
        for (int x = 0; x < crop.picture.width(); x += step) {
            ++all;
            if (whole.holds(crop.to_frame({static_cast<float>(x), static_cast<float>(y)}))) ++inside;
        }
    }
    return static_cast<float>(inside) / static_cast<float>(all);
}

// 0 at `bad`, 1 at `good`, straight between.
float grade(float value, float bad, float good) {
    return std::clamp((value - bad) / (good - bad), 0.0f, 1.0f);
}

std::string pose_advice(const Pose& pose) {
    const bool sideways = std::abs(pose.yaw.value) >= std::abs(pose.pitch.value);
    if (sideways) return "turn the face to the camera";
    return pose.pitch.value > 0 ? "lower the chin" : "raise the chin";
}

QualityMeasure judged(QualityComponent component, float native, float score, bool acceptable, std::string advice) {
    return {component, native, score, acceptable, acceptable ? std::string{} : std::move(advice)};
}

}  // namespace

Quality quality_of(Size frame, const FaceRegion& region, const Pose& pose, const Crop& crop, const QualityGate& gate) {
    const Landmarks5& l = region.landmarks;
    const float eyes = std::hypot(l.right_eye.x - l.left_eye.x, l.right_eye.y - l.left_eye.y);
    const Luminance light = luminance_of(crop.picture);
    const float turn = std::max(std::abs(pose.yaw.value), std::abs(pose.pitch.value));
    const float inside = share_inside(frame, crop);
    const float brightness = std::min(grade(light.mean, 15, 90), grade(-light.mean, -250, -190));

    Quality quality;
    quality.measures = {
        judged(QualityComponent::Size, eyes, grade(eyes, 8, 60), eyes >= gate.min_eye_distance,
               "come closer or use a larger picture"),
        judged(QualityComponent::Sharpness, light.sharpness, grade(light.sharpness, 0.05f, 0.35f),
               light.sharpness >= gate.min_sharpness, "hold still and focus on the face"),
        judged(QualityComponent::Light, light.mean, brightness,
               light.mean >= gate.min_light && light.mean <= gate.max_light,
               light.mean < gate.min_light ? "add light on the face" : "take light off the face"),
        judged(QualityComponent::Pose, turn, grade(-turn, -60, -10), turn <= gate.max_turn.value, pose_advice(pose)),
        judged(QualityComponent::InsidePicture, inside, grade(inside, 0.5f, 1), inside >= gate.min_inside,
               "bring the whole head into the picture"),
    };
    quality.score = std::ranges::min(quality.measures, {}, &QualityMeasure::score).score;
    quality.acceptable = std::ranges::all_of(quality.measures, &QualityMeasure::acceptable);
    return quality;
}

}  // namespace mien::face
