#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>

#include "types/geometry.h"

namespace mien::simulate {

// A pinhole camera without distortion over a floor at z = 0. World: metres, z up. Camera: x right, y down, z forwards.
// Thread rule: const calls may run at the same time.
struct Camera {
    std::string name{};
    Size size{1280, 720};
    float focal = 1000;                                  // pixels
    Eigen::Vector3f at = Eigen::Vector3f::Zero();        // its place in the world
    Eigen::Matrix3f turn = Eigen::Matrix3f::Identity();  // world axes → camera axes
    Eigen::Vector3f tint = Eigen::Vector3f::Ones();      // how strongly it renders red, green and blue
    float noise = 2;                                     // standard deviation of a pixel, 0..255

    Point principal() const {
        return {static_cast<float>(size.width - 1) / 2, static_cast<float>(size.height - 1) / 2};
    }
    Eigen::Matrix3f intrinsics() const;
    // x and y in pixels, z the depth in metres. Only for depth > 0 is it a place in the picture.
    Eigen::Vector3f project(const Eigen::Vector3f& world) const;
    // The direction in the world of what a pixel shows; not of length 1: its part along the camera's axis is 1.
    Eigen::Vector3f ray(Point pixel) const;
    // Where a pixel's ray meets the floor; nothing at and above the horizon.
    std::optional<Eigen::Vector2f> floor_at(Point pixel) const;
    // (X, Y, 1) on the floor → (u w, v w, w) in the picture (Hartley and Zisserman, Multiple View Geometry, 8.1.1).
    Eigen::Matrix3f floor_to_picture() const;
};

// Looks from `at` towards a heading (radians from the x axis, anticlockwise) and `down` below the horizon.
Eigen::Matrix3f look(float heading, float down);

}  // namespace mien::simulate
