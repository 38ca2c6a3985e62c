#pragma once

#include <algorithm>
#include <array>

namespace mien {

// Pixel coordinates of the upright picture: x to the right, y down, (0, 0) is the centre of the first pixel.
struct Point {
    float x = 0;
    float y = 0;
    friend bool operator==(const Point&, const Point&) = default;
};

struct Size {
    int width = 0;
    int height = 0;
    friend bool operator==(const Size&, const Size&) = default;
};

// A rectangle in pixels; may reach over the picture's border.
struct Box {
    float x = 0;
    float y = 0;
    float width = 0;
    float height = 0;
    Point centre() const { return {x + width / 2, y + height / 2}; }
    float area() const { return std::max(0.0f, width) * std::max(0.0f, height); }
    bool holds(Point p) const { return p.x >= x && p.y >= y && p.x < x + width && p.y < y + height; }
    friend bool operator==(const Box&, const Box&) = default;
};

// Intersection over union, 0..1.
inline float iou(const Box& a, const Box& b) {
    const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
    const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
    if (width <= 0 || height <= 0) return 0;
    const float both = width * height;
    return both / (a.area() + b.area() - both);
}

struct Degrees {
    float value = 0;
};

// Head pose. Yaw: positive when the subject turns to their left; pitch: positive upwards; roll: positive clockwise in
// the picture.
struct Pose {
    Degrees yaw{};
    Degrees pitch{};
    Degrees roll{};
};

// Maps (x, y) to (a x + b y + c, d x + e y + f).
struct Affine {
    std::array<float, 6> m{1, 0, 0, 0, 1, 0};
    Point operator()(Point p) const { return {m[0] * p.x + m[1] * p.y + m[2], m[3] * p.x + m[4] * p.y + m[5]}; }
};

}  // namespace mien
