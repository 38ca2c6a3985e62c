#include "face/align/rotation.h"

#include <cmath>
#include <numbers>

namespace mien::face {

Degrees degrees(double radians) {
    return {static_cast<float>(radians * 180 / std::numbers::pi)};
}

Pose pose_of_rotation(const Eigen::Matrix3d& r) {
    const Eigen::Vector3d right = r.row(0);
    const Eigen::Vector3d up = r.row(1);
    const Eigen::Vector3d out = r.row(2);
    return {degrees(std::atan2(-out.x(), std::hypot(right.x(), up.x()))), degrees(std::atan2(-out.y(), out.z())),
            degrees(std::atan2(-up.x(), right.x()))};
}

}  // namespace mien::face
