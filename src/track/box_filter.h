#pragma once

#include <array>

#include "types/geometry.h"

namespace mien::track {

// Where a box is and how it moves: a Kalman filter over centre, width and height with constant speed.
// The noises do not mix the four numbers, so it is four filters of two numbers each, and time steps of any length.
// Noise scales with the box, as in DeepSORT (arXiv 1703.07402) and BoT-SORT: widths for x, heights for y; there it is
// given a frame, here a second, the same at 25 frames a second.
// Thread rule: one owner.
class BoxFilter {
public:
    explicit BoxFilter(const Box& first);

    void predict(double seconds);
    void update(const Box& seen);
    void move(const Affine& camera);  // the picture moved: scale and turn of `camera` apply to speeds, too

    Box box() const;
    Point speed() const;  // of the centre, pixels a second

private:
    struct One {
        double value = 0;
        double speed = 0;
        double value_variance = 0;
        double covariance = 0;
        double speed_variance = 0;
        void predict(double seconds, double size);
        void update(double seen, double size);
    };
    std::array<double, 4> sizes() const;

    std::array<One, 4> parts_{};  // centre x, centre y, width, height
};

}  // namespace mien::track
