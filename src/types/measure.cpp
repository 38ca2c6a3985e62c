#include "types/measure.h"

namespace mien {

const char* name_of(Unmeasured reason) {
    switch (reason) {
        case Unmeasured::NotAsked:
            return "not asked";
        case Unmeasured::FaceTooSmall:
            return "face too small";
        case Unmeasured::PartHidden:
            return "part hidden";
        case Unmeasured::OutsidePicture:
            return "outside the picture";
        case Unmeasured::ModelUnsure:
            return "model unsure";
        case Unmeasured::NoModel:
            return "no model for it";
    }
    return "not asked";
}

const char* name_of(QualityComponent component) {
    switch (component) {
        case QualityComponent::IlluminationUniformity:
            return "illumination_uniformity";
        case QualityComponent::LuminanceMean:
            return "luminance_mean";
        case QualityComponent::LuminanceVariance:
            return "luminance_variance";
        case QualityComponent::UnderExposurePrevention:
            return "under_exposure_prevention";
        case QualityComponent::OverExposurePrevention:
            return "over_exposure_prevention";
        case QualityComponent::DynamicRange:
            return "dynamic_range";
        case QualityComponent::NaturalColour:
            return "natural_colour";
        case QualityComponent::SingleFacePresent:
            return "single_face_present";
        case QualityComponent::EyesOpen:
            return "eyes_open";
        case QualityComponent::MouthClosed:
            return "mouth_closed";
        case QualityComponent::InterEyeDistance:
            return "inter_eye_distance";
        case QualityComponent::HeadSize:
            return "head_size";
        case QualityComponent::LeftwardCrop:
            return "leftward_crop_of_the_face_image";
        case QualityComponent::RightwardCrop:
            return "rightward_crop_of_the_face_image";
        case QualityComponent::MarginAbove:
            return "margin_above_of_the_face_image";
        case QualityComponent::MarginBelow:
            return "margin_below_of_the_face_image";
        case QualityComponent::HeadPoseYaw:
            return "head_pose_yaw";
        case QualityComponent::HeadPosePitch:
            return "head_pose_pitch";
        case QualityComponent::HeadPoseRoll:
            return "head_pose_roll";
        case QualityComponent::Focus:
            return "focus";
        case QualityComponent::Noise:
            return "noise";
        case QualityComponent::Blockiness:
            return "blockiness";
        case QualityComponent::BackgroundEvenness:
            return "background_evenness";
        case QualityComponent::EyesUncovered:
            return "eyes_uncovered";
        case QualityComponent::LowerFaceUncovered:
            return "lower_face_uncovered";
        case QualityComponent::HeadUncovered:
            return "head_uncovered";
        case QualityComponent::NeutralExpression:
            return "neutral_expression";
        case QualityComponent::InsidePicture:
            return "inside_picture";
    }
    return "focus";
}

const char* name_of(Definition definition) {
    return definition == Definition::Ofiq ? "as in OFIQ's public description" : "our own";
}

Definition definition_of(QualityComponent component) {
    return component < QualityComponent::Focus ? Definition::Ofiq : Definition::Ours;
}

}  // namespace mien
