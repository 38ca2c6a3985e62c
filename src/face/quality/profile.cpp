#include "face/quality/profile.h"

namespace mien::face {

using enum QualityComponent;

QualityProfile passport_profile() {
    return {"passport",
            "identity documents",
            60,
            {{SingleFacePresent, 100},
             {InterEyeDistance, 73},  // 90 pixels
             {HeadSize, 10},
             {LeftwardCrop, 50},
             {RightwardCrop, 50},
             {MarginAbove, 50},
             {MarginBelow, 50},
             {HeadPoseYaw, 99},  // 5 degrees
             {HeadPosePitch, 99},
             {HeadPoseRoll, 98},  // 8 degrees
             {EyesOpen, 60},
             {MouthClosed, 80},
             {IlluminationUniformity, 60},
             {UnderExposurePrevention, 90},
             {OverExposurePrevention, 80},
             {DynamicRange, 65},
             {NaturalColour, 50},
             {Focus, 40},
             {Noise, 40},
             {Blockiness, 50},
             {BackgroundEvenness, 60},
             {EyesUncovered, 50},
             {LowerFaceUncovered, 50},
             {HeadUncovered, 15},
             {NeutralExpression, 50},
             {InsidePicture, 100}}};
}

QualityProfile door_profile() {
    return {"door",
            "a person before a door or desk",
            40,
            {{InterEyeDistance, 18},  // 40 pixels
             {HeadPoseYaw, 82},       // 25 degrees
             {HeadPosePitch, 82},
             {HeadPoseRoll, 75},  // 30 degrees
             {EyesOpen, 50},
             {LuminanceMean, 15},
             {UnderExposurePrevention, 50},
             {OverExposurePrevention, 5},
             {Focus, 8},
             {EyesUncovered, 35},
             {LowerFaceUncovered, 35},
             {InsidePicture, 90}}};
}

QualityProfile cctv_profile() {
    return {"cctv",
            "people who pass a camera",
            20,
            {{InterEyeDistance, 8},  // 20 pixels
             {HeadPoseYaw, 58},      // 40 degrees
             {HeadPosePitch, 58},
             {LuminanceMean, 5},
             {InsidePicture, 75}}};
}

Result<QualityProfile> profile_named(std::string_view name) {
    if (name == "passport") return passport_profile();
    if (name == "door") return door_profile();
    if (name == "cctv") return cctv_profile();
    return Error{Fault::BadInput, "there is no quality profile '" + std::string(name) +
                                      "'; there are passport (identity documents), door (a person before it) and cctv "
                                      "(people who pass)"};
}

}  // namespace mien::face
