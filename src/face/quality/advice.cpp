#include "face/quality/advice.h"

namespace mien::face {

std::string advice_for(QualityComponent component, float native) {
    switch (component) {
        case QualityComponent::IlluminationUniformity:
            return "light both sides of the face alike";
        case QualityComponent::LuminanceMean:
            return native < 0.5f ? "add light on the face" : "take light off the face";
        case QualityComponent::LuminanceVariance:
            return "use softer light, neither flat nor hard";
        case QualityComponent::UnderExposurePrevention:
            return "add light on the face";
        case QualityComponent::OverExposurePrevention:
            return "take light off the face, or expose less";
        case QualityComponent::DynamicRange:
            return "raise the contrast: the face shows too few shades";
        case QualityComponent::NaturalColour:
            return "use a colour picture with right white balance";
        case QualityComponent::SingleFacePresent:
            return "keep other people out of the picture";
        case QualityComponent::EyesOpen:
            return "open both eyes";
        case QualityComponent::MouthClosed:
            return "close the mouth";
        case QualityComponent::InterEyeDistance:
            return "come closer, or use a larger picture";
        case QualityComponent::HeadSize:
            return native < 0.45f ? "come closer: the head is small in the picture"
                                  : "step back: the head is large in the picture";
        case QualityComponent::LeftwardCrop:
            return "leave more room at the picture's left border";
        case QualityComponent::RightwardCrop:
            return "leave more room at the picture's right border";
        case QualityComponent::MarginAbove:
            return "leave more room above the head";
        case QualityComponent::MarginBelow:
            return "leave more room below the chin";
        case QualityComponent::HeadPoseYaw:
            return native > 0 ? "turn your face to your right, to the camera"
                              : "turn your face to your left, to the camera";
        case QualityComponent::HeadPosePitch:
            return native > 0 ? "lower the chin" : "raise the chin";
        case QualityComponent::HeadPoseRoll:
            return "hold your head upright";
        case QualityComponent::Focus:
            return "hold still, and focus on the face";
        case QualityComponent::Noise:
            return "add light, so that the camera needs less gain";
        case QualityComponent::Blockiness:
            return "compress the picture less";
        case QualityComponent::BackgroundEvenness:
            return "stand before a plain wall";
        case QualityComponent::EyesUncovered:
            return "take off your dark glasses, and keep hair and hands off the eyes";
        case QualityComponent::LowerFaceUncovered:
            return "take off your mask: mouth, nose and chin must be seen";
        case QualityComponent::HeadUncovered:
            return "take off hat or hood, and keep hair off the forehead";
        case QualityComponent::NeutralExpression:
            return "look neutral: relax the face and close the mouth";
        case QualityComponent::InsidePicture:
            return "bring the whole face into the picture";
    }
    return {};
}

}  // namespace mien::face
