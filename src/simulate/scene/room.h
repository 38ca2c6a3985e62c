#pragma once

#include <vector>

#include "base/result.h"
#include "simulate/dice.h"
#include "simulate/scene/layer.h"
#include "types/picture.h"

namespace mien::simulate {

struct Pillar {
    Eigen::Vector2f at = Eigen::Vector2f::Zero();  // metres
    float radius = 0.25f;
};

// What a camera sees without people.
struct Room {
    Picture picture;
    std::vector<float> pillar_depth{};  // of each pixel, metres along the camera's axis; infinite where no pillar is
    std::vector<bool> floor{};          // whether a pixel shows the floor
    Light light{};
};

// A hall with a floor of tiles, planks or stone, a wall `far_wall` metres along the world's y axis, and pillars.
Room render_room(const Camera& camera, const std::vector<Pillar>& pillars, float far_wall, Dice dice);

// A given picture as the background, scaled to the camera's size: everything below the horizon counts as floor.
Room room_of(const Picture& picture, const Camera& camera, Dice dice);

// One frame: the room, the people's soft shadows where they touch the floor, the people from far to near, sensor noise.
struct Composed {
    Picture picture;
    std::vector<float> visible;  // of each layer, in the order given: the share of its pixels that the picture shows
};
Composed compose(const Room& room, const Camera& camera, const std::vector<Layer>& layers,
                 const std::vector<Eigen::Vector2f>& feet, Dice dice);

}  // namespace mien::simulate
