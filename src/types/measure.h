#pragma once

#include <string>
#include <variant>
#include <vector>

namespace mien {

// Why a value was not measured.
enum class Unmeasured { NotAsked, FaceTooSmall, PartHidden, OutsidePicture, ModelUnsure, ModelMissing };

using Measure = std::variant<float, Unmeasured>;

enum class QualityComponent { Size, Sharpness, Light, Pose, InsidePicture };

// One component measure of a face's quality.
struct QualityMeasure {
    QualityComponent component{};
    Measure native = Unmeasured::NotAsked;  // in the component's own unit
    float score = 0;                        // 0..1, higher is better
    bool acceptable = false;                // whether it passes the gate it was judged by
    std::string advice{};                   // what the subject or operator can do; empty when acceptable
};

struct Quality {
    std::vector<QualityMeasure> measures{};
    float score = 0;  // the worst component, 0..1
    bool acceptable = false;
};

const char* name_of(Unmeasured reason);
const char* name_of(QualityComponent component);

}  // namespace mien
