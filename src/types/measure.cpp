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
        case Unmeasured::ModelMissing:
            return "no model for it";
    }
    return "not asked";
}

const char* name_of(QualityComponent component) {
    switch (component) {
        case QualityComponent::Size:
            return "size";
        case QualityComponent::Sharpness:
            return "sharpness";
        case QualityComponent::Light:
            return "light";
        case QualityComponent::Pose:
            return "pose";
        case QualityComponent::InsidePicture:
            return "inside_picture";
    }
    return "size";
}

}  // namespace mien
