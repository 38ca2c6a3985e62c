#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "eval/faces.h"
#include "types/picture.h"

namespace mien::eval {

// What is done to marked pictures to see what a detector bears.
enum class Condition {
    AsIs,
    Side14,  // the shorter side of one face's box in pixels, with its surroundings
    Side20,
    Side28,
    Side40,
    Side80,
    Filled,    // cut to the face's box and a tenth more, 256 pixels
    Turned30,  // degrees clockwise in the picture's plane, black around it
    Turned60,
    Turned90,
    Turned180,
    LowerHidden,  // by a grey plate over half of each box
    LeftHidden,
    Dark,     // an eighth of the light
    Blurred,  // to what faces of 12 pixels hold
};

inline constexpr std::array all_conditions{
    Condition::AsIs,      Condition::Side14,      Condition::Side20,     Condition::Side28,   Condition::Side40,
    Condition::Side80,    Condition::Filled,      Condition::Turned30,   Condition::Turned60, Condition::Turned90,
    Condition::Turned180, Condition::LowerHidden, Condition::LeftHidden, Condition::Dark,     Condition::Blurred};

const char* name_of(Condition condition);

struct VariedPicture {
    Picture picture;
    MarkedPicture marks{};
};

// The pictures that a condition makes of one: one for each face for Side… and Filled, else one. Empty where a condition
// needs boxes and only noses are marked. The marks go along.
std::vector<VariedPicture> vary(const Picture& picture, const MarkedPicture& marks, Condition condition);

}  // namespace mien::eval
