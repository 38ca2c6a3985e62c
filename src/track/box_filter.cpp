#include "track/box_filter.h"

#include <algorithm>
#include <cmath>

namespace mien::track {
namespace {

// Shares of the box's side. A detector errs by a twentieth.
constexpr double seen_noise = 0.05;
constexpr double first_speed_noise = 1.5;  // a side and a half in a second
constexpr double value_noise = 0.05 * 5;   // a twentieth a frame, 25 frames: variances add, so times its root
constexpr double speed_noise = 25.0 / 32;  // a 160th a frame and frame, in seconds, over 25 frames
constexpr double smallest_side = 1;

double squared(double x) {
    return x * x;
}

}  // namespace

void BoxFilter::One::predict(double seconds, double size) {
    value += speed * seconds;
    value_variance += 2 * seconds * covariance + squared(seconds) * speed_variance +
                      squared(value_noise * size) * seconds +
                      squared(speed_noise * size) * seconds * squared(seconds) / 3;
    covariance += seconds * speed_variance + squared(speed_noise * size) * squared(seconds) / 2;
    speed_variance += squared(speed_noise * size) * seconds;
}

void BoxFilter::One::update(double seen, double size) {
    const double all = value_variance + squared(seen_noise * size);
    const double gain = value_variance / all;
    const double speed_gain = covariance / all;
    const double surprise = seen - value;
    value += gain * surprise;
    speed += speed_gain * surprise;
    speed_variance -= speed_gain * covariance;
    covariance *= 1 - gain;
    value_variance *= 1 - gain;
}

BoxFilter::BoxFilter(const Box& first) {
    const std::array<double, 4> seen{first.centre().x, first.centre().y, first.width, first.height};
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].value = seen[i];
    const auto size = sizes();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        parts_[i].value_variance = squared(2 * seen_noise * size[i]);
        parts_[i].speed_variance = squared(first_speed_noise * size[i]);
    }
}

std::array<double, 4> BoxFilter::sizes() const {
    const double width = std::max(parts_[2].value, smallest_side);
    const double height = std::max(parts_[3].value, smallest_side);
    return {width, height, width, height};
}

void BoxFilter::predict(double seconds) {
    const auto size = sizes();
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].predict(seconds, size[i]);
    for (const std::size_t side : {2u, 3u}) {
        if (parts_[side].value >= smallest_side) continue;
        parts_[side].value = smallest_side;
        parts_[side].speed = 0;
    }
}

void BoxFilter::update(const Box& seen) {
    const auto size = sizes();
    const std::array<double, 4> values{seen.centre().x, seen.centre().y, seen.width, seen.height};
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].update(values[i], size[i]);
}

void BoxFilter::move(const Affine& camera) {
    const auto& m = camera.m;
    const double x = parts_[0].value;
    const double y = parts_[1].value;
    const double dx = parts_[0].speed;
    const double dy = parts_[1].speed;
    parts_[0].value = m[0] * x + m[1] * y + m[2];
    parts_[1].value = m[3] * x + m[4] * y + m[5];
    parts_[0].speed = m[0] * dx + m[1] * dy;
    parts_[1].speed = m[3] * dx + m[4] * dy;
    const double scale = std::sqrt(std::abs(static_cast<double>(m[0]) * m[4] - static_cast<double>(m[1]) * m[3]));
    for (const std::size_t side : {2u, 3u}) {
        parts_[side].value *= scale;
        parts_[side].speed *= scale;
    }
    for (One& part : parts_) {
        part.value_variance *= squared(scale);
        part.covariance *= squared(scale);
        part.speed_variance *= squared(scale);
    }
}

Box BoxFilter::box() const {
    const double width = std::max(parts_[2].value, smallest_side);
    const double height = std::max(parts_[3].value, smallest_side);
    return {static_cast<float>(parts_[0].value - width / 2), static_cast<float>(parts_[1].value - height / 2),
            static_cast<float>(width), static_cast<float>(height)};
}

Point BoxFilter::speed() const {
    return {static_cast<float>(parts_[0].speed), static_cast<float>(parts_[1].speed)};
}

}  // namespace mien::track
