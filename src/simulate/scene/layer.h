#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "simulate/scene/camera.h"
#include "types/geometry.h"

namespace mien::simulate {

// Where a person stands on the floor and looks.
struct Placement {
    Eigen::Vector2f at = Eigen::Vector2f::Zero();  // metres
    float heading = 0;                             // radians from the x axis, anticlockwise
};

struct Light {
    Eigen::Vector3f towards{0.3f, -0.5f, 0.8f};  // the lamp, from what it shines on
    float ambient = 0.55f;                       // of a white surface that only the surroundings light, 0..1
    float direct = 0.6f;                         // added where the lamp shines straight on
};

// One person as a camera sees them, before anything hides them.
struct Layer {
    int x = 0;  // of the left upper pixel in the picture; may lie outside it
    int y = 0;
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgba{};  // rows from top to bottom; alpha is coverage
    float depth = 0;                   // metres along the camera's axis, of the feet
    Box box{};                         // of all that is drawn, also outside the picture; width 0: nothing is
};

}  // namespace mien::simulate
