#include "simulate/people/gait.h"

#include <numbers>

namespace mien::simulate {
namespace {

constexpr float degree = std::numbers::pi_v<float> / 180;

// A bump of height 1 at `at` on the circle of length 1.
float bump(float phase, float at, float width) {
    float off = phase - at;
    off -= std::round(off);
    return std::exp(-off * off / (2 * width * width));
}

struct Leg {
    float hip = 0;  // radians, flexion positive
    float knee = 0;
    float ankle = 0;  // toes up positive
};

Leg leg_at(float phase) {
    Leg leg;
    leg.hip = (9 + 18 * std::cos(2 * std::numbers::pi_v<float> * (phase + 0.05f))) * degree;
    leg.knee = (4 + 13 * bump(phase, 0.14f, 0.07f) + 56 * bump(phase, 0.72f, 0.085f)) * degree;
    leg.ankle =
        (10 * bump(phase, 0.42f, 0.11f) - 18 * bump(phase, 0.63f, 0.05f) - 5 * bump(phase, 0.08f, 0.04f)) * degree;
    return leg;
}

// Positive: forwards for what hangs down.
Eigen::Quaternionf swing(float angle) {
    return Eigen::Quaternionf(Eigen::AngleAxisf(-angle, Eigen::Vector3f::UnitX()));
}

Eigen::Quaternionf turn_to(const Eigen::Vector3f& from, const Eigen::Vector3f& to) {
    return Eigen::Quaternionf::FromTwoVectors(from.normalized(), to.normalized());
}

// Turns of bones against their rest, by name; bones that are not named follow their parents.
using Turns = std::map<std::string, Eigen::Quaternionf>;

class Poser {
public:
    Poser(const Human& human, const Points3& joints) : joints_(joints) {
        for (std::size_t i = 0; i < human.bones().size(); ++i) places_[human.bones()[i].name] = i;
    }

    Turns turns(int phase) const {
        const float moment = static_cast<float>(phase) / gait_phases;
        const float amount = phase == standing ? 0.0f : 1.0f;
        Turns turns;
        const float twist = amount * 5 * degree * std::cos(2 * std::numbers::pi_v<float> * moment);
        turns["root"] = Eigen::AngleAxisf(-twist, Eigen::Vector3f::UnitY());
        turns["spine03"] = Eigen::AngleAxisf(twist, Eigen::Vector3f::UnitY()) *
                           Eigen::AngleAxisf(amount * 3 * degree, Eigen::Vector3f::UnitX());
        turns["neck01"] = Eigen::Quaternionf::Identity();
        for (const auto& [side, sign, shift] : {std::tuple{".L", 1.0f, 0.0f}, std::tuple{".R", -1.0f, 0.5f}}) {
            float at = moment + shift;
            at -= std::floor(at);
            add_leg(turns, side, sign, phase == standing ? Leg{} : leg_at(at));
            const float arm = amount * (-20 * std::cos(2 * std::numbers::pi_v<float> * at)) * degree;
            const float elbow = (12 + amount * (10 - 10 * std::cos(2 * std::numbers::pi_v<float> * at))) * degree;
            add_arm(turns, side, sign, arm, elbow);
        }
        return turns;
    }

private:
    Eigen::Vector3f between(const std::string& a, const std::string& b) const { return at(b) - at(a); }
    const Eigen::Vector3f& at(const std::string& bone) const {
        const auto found = places_.find(bone);
        return joints_[found == places_.end() ? 0 : found->second];
    }

    void add_leg(Turns& turns, const std::string& side, float sign, const Leg& leg) const {
        const Eigen::Vector3f thigh = between("upperleg01" + side, "lowerleg01" + side);
        const Eigen::Vector3f shank = between("lowerleg01" + side, "foot" + side);
        turns["upperleg01" + side] = swing(leg.hip) * turn_to(thigh, {sign * 0.015f, -1, 0});
        turns["lowerleg01" + side] = swing(leg.hip - leg.knee) * turn_to(shank, {sign * 0.005f, -1, 0});
        turns["foot" + side] = swing(leg.hip - leg.knee + leg.ankle);
    }

    void add_arm(Turns& turns, const std::string& side, float sign, float arm, float elbow) const {
        const Eigen::Vector3f upper = between("upperarm01" + side, "lowerarm01" + side);
        const Eigen::Vector3f fore = between("lowerarm01" + side, "wrist" + side);
        const Eigen::Quaternionf hang = turn_to(upper, {sign * 0.16f, -1, 0});
        turns["shoulder01" + side] = Eigen::Quaternionf::Identity().slerp(0.25f, hang);
        turns["upperarm01" + side] = swing(arm) * hang;
        turns["lowerarm01" + side] = swing(arm + elbow) * turn_to(fore, {sign * 0.06f, -1, 0});
    }

    const Points3& joints_;
    std::map<std::string, std::size_t> places_{};
};

}  // namespace

Points3 joints_of(const Human& human, const Points3& body) {
    Points3 joints;
    for (const Bone& bone : human.bones()) {
        Eigen::Vector3f sum = Eigen::Vector3f::Zero();
        for (const std::uint32_t i : bone.head_from) sum += body[i];
        joints.push_back(bone.head_from.empty() ? sum
                                                : Eigen::Vector3f(sum / static_cast<float>(bone.head_from.size())));
    }
    return joints;
}

std::vector<Eigen::Affine3f> pose_bones(const Human& human, const Points3& joints, int phase) {
    const Turns turns = Poser(human, joints).turns(phase);
    std::vector<Eigen::Affine3f> maps;
    for (std::size_t i = 0; i < human.bones().size(); ++i) {
        const Bone& bone = human.bones()[i];
        Eigen::Affine3f map =
            bone.parent < 0 ? Eigen::Affine3f::Identity() : maps[static_cast<std::size_t>(bone.parent)];
        const auto turn = turns.find(bone.name);
        if (turn != turns.end()) {
            const Eigen::Vector3f head = map * joints[i];
            map = Eigen::Translation3f(head) * turn->second * Eigen::Translation3f(-joints[i]);
        }
        maps.push_back(map);
    }
    return maps;
}

}  // namespace mien::simulate
