#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "simulate/dice.h"
#include "simulate/scene/camera.h"
#include "simulate/scene/room.h"

namespace mien::simulate {

// What a person does before the cameras.
enum class Behaviour { Straight, UTurn, StandOnLine, Loiter, Group, ReEntry, CrossCameras };
const char* name_of(Behaviour behaviour);

// Each camera watches a hall of its own; the halls stand beside each other along x on one floor plan.
// A hall is 10 m wide (people come from beyond what the camera sees) and 13 m deep.
struct Hall {
    Camera camera{};
    std::vector<Pillar> pillars{};
    Eigen::Vector2f origin = Eigen::Vector2f::Zero();     // of the hall on the floor plan, metres
    Eigen::Vector2f line_from = Eigen::Vector2f::Zero();  // the line at which people turn and stand, on the floor plan
    Eigen::Vector2f line_to = Eigen::Vector2f::Zero();
};
inline constexpr float hall_width = 10;
inline constexpr float hall_depth = 13;
inline constexpr float hall_spacing = 30;

struct HallOptions {
    Size size{1280, 720};
    int pillars = 1;
};
std::vector<Hall> make_halls(int cameras, const HallOptions& options, Dice dice);

// Where one person is in one frame.
struct Spot {
    int camera = -1;                               // -1: before none
    Eigen::Vector2f at = Eigen::Vector2f::Zero();  // metres on the floor plan
    float heading = 0;                             // radians
    float walked = 0;                              // metres since the start
    bool moving = false;
};

struct Walk {
    Behaviour behaviour = Behaviour::Straight;
    std::vector<Spot> spots{};  // one for each frame
};

struct WalkOptions {
    int people = 20;
    int frames = 600;
    float fps = 10;
};
// People who walk at their own pace, keep off each other and off pillars, each by its own behaviour; all seven occur
// from eight people on. The same dice give the same walks.
std::vector<Walk> plan_walks(const std::vector<Hall>& halls, const WalkOptions& options, Dice dice);

}  // namespace mien::simulate
