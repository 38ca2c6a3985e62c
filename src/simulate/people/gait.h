#pragma once

#include <Eigen/Geometry>
#include <vector>

#include "simulate/people/human.h"

namespace mien::simulate {

// Walking people take their poses from this many moments of the gait cycle (heel strike to heel strike of the left
// foot); one more pose stands.
inline constexpr int gait_phases = 16;
inline constexpr int standing = gait_phases;

// Where each bone's head lies for a body, in Human::bones' order.
Points3 joints_of(const Human& human, const Points3& body);

// For each bone how points near it move: rest → posed. phase: 0..gait_phases - 1, or `standing`.
// Joint angles in the sagittal plane are smooth curves drawn through the landmarks of normal level walking that gait
// analysis textbooks give (Perry and Burnfield, Gait Analysis, 2010): hip 27 degrees flexed at heel strike to 9
// extended at half the cycle; knee 18 degrees at loading and 60 in swing; ankle 10 up before and 18 down after
// push-off; arms against the legs. MakeHuman's own walks are made for another skeleton.
std::vector<Eigen::Affine3f> pose_bones(const Human& human, const Points3& joints, int phase);

// The length of a gait cycle (two steps) over the leg's length: 1.4 m for a leg of 0.9 m.
inline constexpr float cycle_over_leg = 1.55f;

}  // namespace mien::simulate
