#pragma once

#include <string>
#include <variant>
#include <vector>

namespace mien {

// Why a value was not measured.
enum class Unmeasured { NotAsked, FaceTooSmall, PartHidden, OutsidePicture, ModelUnsure, NoModel };

using Measure = std::variant<float, Unmeasured>;

// Component measures of a face's quality. Those above the line are computed as OFIQ's public description of ISO/IEC
// 29794-5 says and carry the standard's names; those below are our own.
enum class QualityComponent {
    IlluminationUniformity,
    LuminanceMean,
    LuminanceVariance,
    UnderExposurePrevention,
    OverExposurePrevention,
    DynamicRange,
    NaturalColour,
    SingleFacePresent,
    EyesOpen,
    MouthClosed,
    InterEyeDistance,
    HeadSize,
    LeftwardCrop,
    RightwardCrop,
    MarginAbove,
    MarginBelow,
    HeadPoseYaw,
    HeadPosePitch,
    HeadPoseRoll,
    // ---
    Focus,
    Noise,
    Blockiness,
    BackgroundEvenness,
    EyesUncovered,
    LowerFaceUncovered,
    HeadUncovered,
    NeutralExpression,
    InsidePicture,
};

// Whose definition a component measure follows.
enum class Definition { Ofiq, Ours };

// One component measure of a face.
struct QualityMeasure {
    QualityComponent component{};
    Measure native = Unmeasured::NotAsked;  // in the component's own unit
    float score = 0;                        // 0..100, higher is better; 0 when not measured
    bool acceptable = true;                 // whether it passes the profile it was judged by
    std::string advice{};                   // what the subject or operator can do; empty when acceptable
};

struct Quality {
    std::vector<QualityMeasure> measures{};
    Measure unified = Unmeasured::NotAsked;  // 0..100: how well a template of this sample will match
    bool acceptable = false;                 // passes every demand of the profile
};

const char* name_of(Unmeasured reason);
const char* name_of(QualityComponent component);
const char* name_of(Definition definition);
Definition definition_of(QualityComponent component);

}  // namespace mien
