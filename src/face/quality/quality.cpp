#include "face/quality/quality.h"

#include <algorithm>
#include <cmath>

#include "face/quality/advice.h"
#include "face/quality/aligned.h"
#include "face/quality/components.h"
#include "face/quality/coverings.h"
#include "face/quality/texture.h"
#include "face/quality/unified.h"

namespace mien::face {
namespace {

using enum QualityComponent;

QualityMeasure measured(QualityComponent component, Scored value) {
    return {component, value.native, value.score};
}

QualityMeasure unmeasured(QualityComponent component, Unmeasured why) {
    return {component, why};
}

// A probability that nothing is in the way, as native value and as score.
QualityMeasure free_of(QualityComponent component, const Measure& covered) {
    const auto* p = std::get_if<float>(&covered);
    if (p == nullptr) return unmeasured(component, std::get<Unmeasured>(covered));
    return measured(component, {1 - *p, std::round(100 * (1 - *p))});
}

QualityMeasure neutral(const std::variant<ExpressionReading, Unmeasured>& expression) {
    const auto* reading = std::get_if<ExpressionReading>(&expression);
    if (reading == nullptr) return unmeasured(NeutralExpression, std::get<Unmeasured>(expression));
    const float p = reading->probabilities.at(static_cast<std::size_t>(Expression::Neutral));
    return measured(NeutralExpression, {p, std::round(100 * p)});
}

std::vector<QualityMeasure> measures_of(const QualitySample& sample) {
    const AlignedFace aligned = align(sample.picture, sample.mesh);
    const LightMeasures light = light_measures(aligned);
    const ShapeMeasures shape = shape_measures(sample.mesh, sample.pose, sample.picture.size());
    const Coverings coverings = coverings_of(covering_clues(aligned));
    const TextureMeasures texture = texture_measures(sample.picture, sample.region.box, aligned);
    return {measured(IlluminationUniformity, light.illumination_uniformity),
            measured(LuminanceMean, light.luminance_mean),
            measured(LuminanceVariance, light.luminance_variance),
            measured(UnderExposurePrevention, light.under_exposure),
            measured(OverExposurePrevention, light.over_exposure),
            measured(DynamicRange, light.dynamic_range),
            measured(NaturalColour, light.natural_colour),
            measured(SingleFacePresent, single_face(sample.second_face)),
            measured(EyesOpen, shape.eyes_open),
            measured(MouthClosed, shape.mouth_closed),
            measured(InterEyeDistance, shape.inter_eye_distance),
            measured(HeadSize, shape.head_size),
            measured(LeftwardCrop, shape.leftward_crop),
            measured(RightwardCrop, shape.rightward_crop),
            measured(MarginAbove, shape.margin_above),
            measured(MarginBelow, shape.margin_below),
            measured(HeadPoseYaw, shape.yaw),
            measured(HeadPosePitch, shape.pitch),
            measured(HeadPoseRoll, shape.roll),
            measured(Focus, texture.focus),
            measured(Noise, texture.noise),
            measured(Blockiness, texture.blockiness),
            texture.background_seen ? measured(BackgroundEvenness, texture.background)
                                    : unmeasured(BackgroundEvenness, Unmeasured::OutsidePicture),
            free_of(EyesUncovered, coverings.dark_glasses),
            free_of(LowerFaceUncovered, coverings.mask),
            free_of(HeadUncovered, coverings.headwear),
            neutral(sample.expression),
            measured(InsidePicture, texture.inside)};
}

void judge(std::vector<QualityMeasure>& measures, const QualityProfile& profile) {
    for (const QualityProfile::Demand& demand : profile.demands) {
        const auto measure = std::ranges::find(measures, demand.component, &QualityMeasure::component);
        if (measure == measures.end()) continue;
        const auto* native = std::get_if<float>(&measure->native);
        if (native == nullptr || measure->score >= demand.least) continue;
        measure->acceptable = false;
        measure->advice = advice_for(demand.component, *native);
    }
}

}  // namespace

bool passes(const Quality& quality, const QualityProfile& profile) {
    const auto* unified = std::get_if<float>(&quality.unified);
    if (unified == nullptr || *unified < profile.least_unified) return false;
    return std::ranges::all_of(profile.demands, [&](const QualityProfile::Demand& demand) {
        const auto measure = std::ranges::find(quality.measures, demand.component, &QualityMeasure::component);
        return measure == quality.measures.end() || !std::holds_alternative<float>(measure->native) ||
               measure->score >= demand.least;
    });
}

Quality quality_of(const QualitySample& sample, const QualityProfile& profile) {
    Quality quality;
    quality.measures = measures_of(sample);
    judge(quality.measures, profile);
    quality.unified = unified_score(quality.measures, sample.region.score);
    quality.acceptable = passes(quality, profile);
    return quality;
}

Quality unmeasured_quality(Unmeasured why) {
    return {{}, why, false};
}

}  // namespace mien::face
