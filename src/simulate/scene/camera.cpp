#include "simulate/scene/camera.h"

#include <Eigen/Geometry>
#include <cmath>

namespace mien::simulate {

Eigen::Matrix3f Camera::intrinsics() const {
    Eigen::Matrix3f k;
    k << focal, 0, principal().x, 0, focal, principal().y, 0, 0, 1;
    return k;
}

Eigen::Vector3f Camera::project(const Eigen::Vector3f& world) const {
    const Eigen::Vector3f seen = turn * (world - at);
    return {principal().x + focal * seen.x() / seen.z(), principal().y + focal * seen.y() / seen.z(), seen.z()};
}

Eigen::Vector3f Camera::ray(Point pixel) const {
    return turn.transpose() * Eigen::Vector3f((pixel.x - principal().x) / focal, (pixel.y - principal().y) / focal, 1);
}

std::optional<Eigen::Vector2f> Camera::floor_at(Point pixel) const {
    const Eigen::Vector3f direction = ray(pixel);
    if (direction.z() > -1e-4f) return std::nullopt;
    const Eigen::Vector3f hit = at - direction * (at.z() / direction.z());
    return Eigen::Vector2f(hit.x(), hit.y());
}

Eigen::Matrix3f Camera::floor_to_picture() const {
    Eigen::Matrix3f h;
    h.col(0) = turn.col(0);
    h.col(1) = turn.col(1);
    h.col(2) = -turn * at;
    return intrinsics() * h;
}

Eigen::Matrix3f look(float heading, float down) {
    const Eigen::Vector3f forwards(std::cos(heading) * std::cos(down), std::sin(heading) * std::cos(down),
                                   -std::sin(down));
    const Eigen::Vector3f right = forwards.cross(Eigen::Vector3f::UnitZ()).normalized();
    Eigen::Matrix3f turn;
    turn.row(0) = right;
    turn.row(1) = forwards.cross(right);
    turn.row(2) = forwards;
    return turn;
}

}  // namespace mien::simulate
