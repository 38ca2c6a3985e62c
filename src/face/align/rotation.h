#pragma once

#include <Eigen/Core>

#include "types/geometry.h"

namespace mien::face {

// The pose of a head's rotation into the camera's axes (x to the picture's right, y up, z towards the camera): roll
// after yaw after pitch.
Pose pose_of_rotation(const Eigen::Matrix3d& head_to_camera);

Degrees degrees(double radians);

}  // namespace mien::face
