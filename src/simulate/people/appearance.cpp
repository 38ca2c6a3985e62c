#include "simulate/people/appearance.h"

namespace mien::simulate {
namespace {

NamedColour colour(const char* name, float red, float green, float blue) {
    return {name, {red, green, blue}};
}

const std::vector<NamedColour>& cloth_colours() {
    static const std::vector<NamedColour> colours{
        colour("black", 28, 28, 32),    colour("white", 225, 225, 220), colour("grey", 125, 127, 130),
        colour("red", 165, 32, 38),     colour("blue", 42, 74, 160),    colour("navy", 26, 36, 72),
        colour("green", 45, 110, 62),   colour("yellow", 214, 180, 52), colour("orange", 214, 108, 40),
        colour("purple", 98, 52, 122),  colour("pink", 214, 128, 150),  colour("brown", 98, 66, 44),
        colour("beige", 196, 176, 142), colour("teal", 38, 118, 124)};
    return colours;
}

const std::vector<NamedColour>& lower_colours() {
    static const std::vector<NamedColour> colours{
        colour("black", 30, 30, 34),    colour("grey", 100, 102, 106), colour("blue", 56, 80, 126),
        colour("navy", 30, 38, 66),     colour("brown", 92, 66, 46),   colour("beige", 184, 164, 130),
        colour("white", 212, 212, 206), colour("green", 70, 84, 54),   colour("red", 128, 36, 40)};
    return colours;
}

const NamedColour& one_of(Dice& dice, const std::vector<NamedColour>& colours) {
    return colours[dice.below(colours.size())];
}

const char* one_of(Dice& dice, std::span<const char* const> names) {
    return names[dice.below(names.size())];
}

Shape roll_shape(Dice& dice) {
    Shape shape;
    shape.sex = dice.chance(0.5f) ? Gender::Female : Gender::Male;
    shape.age = dice.chance(0.1f) ? dice.between(9, 14) : dice.between(18, 78);
    shape.muscle = dice.between(0.3f, 0.75f);
    shape.weight = dice.between(0.25f, 0.9f);
    const std::size_t main = dice.below(3);
    const float rest = dice.between(0, 0.3f);
    shape.origins = {rest / 2, rest / 2, rest / 2};
    shape.origins[main] = 1 - rest;
    shape.scale = std::clamp(1 + 0.04f * dice.normal(), 0.9f, 1.1f);
    return shape;
}

NamedColour skin_of(const Shape& shape, Dice& dice) {
    const Eigen::Vector3f african(104, 70, 52);
    const Eigen::Vector3f asian(204, 160, 128);
    const Eigen::Vector3f caucasian(212, 164, 142);
    const Eigen::Vector3f mixed = shape.origins[0] * african + shape.origins[1] * asian + shape.origins[2] * caucasian;
    const float shade = dice.between(0.85f, 1.08f);
    return {shape.origins[0] > 0.5f ? "dark" : "light", mixed * shade};
}

NamedColour hair_of(const Shape& shape, Dice& dice) {
    if (shape.age > 55 && dice.chance((shape.age - 45) / 40)) return colour("grey", 168, 166, 162);
    if (shape.origins[2] < 0.5f) return colour("black", 24, 20, 20);
    static const std::vector<NamedColour> colours{colour("black", 28, 24, 22), colour("brown", 70, 46, 30),
                                                  colour("brown", 96, 66, 42), colour("blond", 176, 142, 88),
                                                  colour("red", 128, 62, 32)};
    return one_of(dice, colours);
}

}  // namespace

Appearance roll_appearance(Dice dice) {
    Appearance one;
    one.shape = roll_shape(dice);
    const bool woman = one.shape.sex == Gender::Female;
    constexpr std::array women{"female_casualsuit01", "female_casualsuit02", "female_elegantsuit01",
                               "female_sportsuit01"};
    constexpr std::array men{"male_casualsuit02", "male_casualsuit03", "male_casualsuit04",
                             "male_casualsuit05", "male_casualsuit06", "male_elegantsuit01"};
    constexpr std::array shoes{"shoes01", "shoes02", "shoes04", "shoes05", "shoes06"};
    constexpr std::array womens_hair{"bob01", "bob02", "braid01", "long01", "ponytail01", "short04"};
    constexpr std::array mens_hair{"short01", "short02", "short03", "short04"};
    one.suit = woman ? one_of(dice, women) : one_of(dice, men);
    one.shoes = one_of(dice, shoes);
    one.hair = woman ? one_of(dice, womens_hair) : one_of(dice, mens_hair);
    if (one.shape.origins[0] > 0.5f && dice.chance(0.4f)) one.hair = "afro01";
    one.hat = dice.chance(0.08f);
    if (one.hat) one.hair = "short02";
    one.skin = skin_of(one.shape, dice);
    one.hair_colour = hair_of(one.shape, dice);
    one.upper = one_of(dice, cloth_colours());
    one.lower = one_of(dice, lower_colours());
    one.second = one_of(dice, cloth_colours());
    one.shoe_colour = one_of(dice, lower_colours());
    one.bag_colour = one_of(dice, cloth_colours());
    const float kind = dice.unit();
    if (kind < 0.2f) one.pattern = Pattern::Stripes;
    if (kind >= 0.2f && kind < 0.35f) one.pattern = Pattern::Checks;
    const float carried = dice.unit();
    if (carried < 0.2f) one.bag = Bag::Backpack;
    if (carried >= 0.2f && carried < 0.35f) one.bag = Bag::ShoulderBag;
    return one;
}

const char* name_of(Pattern pattern) {
    switch (pattern) {
        case Pattern::Plain:
            return "plain";
        case Pattern::Stripes:
            return "stripes";
        case Pattern::Checks:
            return "checks";
    }
    return "";
}

const char* name_of(Bag bag) {
    switch (bag) {
        case Bag::None:
            return "none";
        case Bag::Backpack:
            return "backpack";
        case Bag::ShoulderBag:
            return "shoulder_bag";
    }
    return "";
}

const char* age_band_of(float years) {
    if (years < 15) return "child";
    if (years < 35) return "18-34";
    if (years < 60) return "35-59";
    return "60+";
}

}  // namespace mien::simulate
