#pragma once

#include <Eigen/Core>
#include <string>

#include "simulate/dice.h"
#include "simulate/people/human.h"

namespace mien::simulate {

enum class Pattern { Plain, Stripes, Checks };
enum class Bag { None, Backpack, ShoulderBag };

struct NamedColour {
    const char* name = "";
    Eigen::Vector3f rgb = Eigen::Vector3f::Zero();  // 0..255
};

// What a synthetic person looks like: the truth of the attributes.
struct Appearance {
    Shape shape{};
    std::string suit{};  // names of MakeHuman's assets
    std::string shoes{};
    std::string hair{};
    bool hat = false;
    NamedColour skin{};
    NamedColour hair_colour{};
    NamedColour upper{};
    NamedColour lower{};
    NamedColour shoe_colour{};
    NamedColour bag_colour{};
    NamedColour second{};  // of the pattern
    Pattern pattern = Pattern::Plain;
    Bag bag = Bag::None;
};

// Rolled from sex, age, build, origin, hair and clothes, each independent of the rest but hair and suit of sex, and
// grey hair of age.
Appearance roll_appearance(Dice dice);

const char* name_of(Pattern pattern);
const char* name_of(Bag bag);
const char* age_band_of(float years);

}  // namespace mien::simulate
