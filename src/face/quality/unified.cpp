#include "face/quality/unified.h"

#include <algorithm>
#include <cmath>

namespace mien::face {
namespace {

// The fit's own unit is the expected similarity to a clean picture: these become 0 and 100.
constexpr float worst = 0.952f;
constexpr float best = 0.978f;

float squared(float v) {
    return v * v;
}

// A turn's share of 45 degrees, squared, at most 1.
float turn_of(float degrees) {
    return std::min(squared(degrees / 45), 1.0f);
}

// What dark glasses and a mask take off the similarity to a bare picture, in the mean over 551 and 520 mated pairs of
// folds 1 and 2 with drawn ones (tests/bench/views/covering_similarity.cpp).
constexpr float lost_by_glasses = 0.01109f;
constexpr float lost_by_mask = 0.01874f;

// Nothing up to a probability of three quarters, so that bare faces keep the score that was fitted to them. From one
// half on, false alarms would cost more of it (docs/results.md).
float share_covered(const std::vector<QualityMeasure>& measures, QualityComponent component) {
    const auto measure = std::ranges::find(measures, component, &QualityMeasure::component);
    const auto* bare = measure == measures.end() ? nullptr : std::get_if<float>(&measure->native);
    return bare == nullptr ? 0 : std::clamp(1 - 4 * *bare, 0.0f, 1.0f);
}

}  // namespace

Measure unified_score(const std::vector<QualityMeasure>& measures, float detector_score) {
    bool complete = true;
    const auto native = [&](QualityComponent component) {
        const auto measure = std::ranges::find(measures, component, &QualityMeasure::component);
        const auto* value = measure == measures.end() ? nullptr : std::get_if<float>(&measure->native);
        complete = complete && value != nullptr;
        return value != nullptr ? *value : 0;
    };
    const float noise = std::min(native(QualityComponent::Noise), 40.0f) / 40;
    const float focus = std::clamp((native(QualityComponent::Focus) - 0.25f) / 0.15f, 0.0f, 1.5f);
    const float entropy = native(QualityComponent::DynamicRange) / 8;
    const float light = native(QualityComponent::LuminanceMean);
    const float variance = std::min(native(QualityComponent::LuminanceVariance), 0.1f) * 10;
    const float yaw = turn_of(native(QualityComponent::HeadPoseYaw));
    const float pitch = turn_of(native(QualityComponent::HeadPosePitch));
    const float roll = turn_of(native(QualityComponent::HeadPoseRoll));
    if (!complete) return Unmeasured::NotAsked;
    const float expected = 0.95180f + 0.00387f * noise - 0.02373f * squared(noise) + 0.01245f * focus -
                           0.00646f * squared(focus) + 0.01698f * entropy + -0.00620f * squared(entropy) +
                           0.00532f * light + -0.01149f * variance - 0.00625f * yaw - 0.00504f * pitch +
                           -0.02245f * roll + 0.00513f * detector_score + 0.01199f * squared(detector_score);
    const float lost = lost_by_glasses * share_covered(measures, QualityComponent::EyesUncovered) +
                       lost_by_mask * share_covered(measures, QualityComponent::LowerFaceUncovered);
    return 100 * std::clamp((expected - lost - worst) / (best - worst), 0.0f, 1.0f);
}

}  // namespace mien::face
