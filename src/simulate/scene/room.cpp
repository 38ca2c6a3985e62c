#include "simulate/scene/room.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "image/resize.h"

namespace mien::simulate {
namespace {

constexpr float nowhere = std::numeric_limits<float>::infinity();
constexpr float wall_height = 3.4f;

float hash01(int x, int y) {
    std::uint32_t h = static_cast<std::uint32_t>(x) * 374761393u + static_cast<std::uint32_t>(y) * 668265263u;
    h = (h ^ (h >> 13)) * 1274126177u;
    return static_cast<float>((h ^ (h >> 16)) & 0xFFFF) / 65535.0f;
}

// Value noise: random at whole numbers, smooth between (Perlin's fade between lattice values).
float smooth_noise(float x, float y) {
    const float fx = std::floor(x);
    const float fy = std::floor(y);
    const auto ix = static_cast<int>(fx);
    const auto iy = static_cast<int>(fy);
    const auto fade = [](float t) { return t * t * (3 - 2 * t); };
    const float u = fade(x - fx);
    const float v = fade(y - fy);
    const float top = std::lerp(hash01(ix, iy), hash01(ix + 1, iy), u);
    const float low = std::lerp(hash01(ix, iy + 1), hash01(ix + 1, iy + 1), u);
    return std::lerp(top, low, v);
}

enum class Floor { Tiles, Planks, Stone };

struct Style {
    Floor floor = Floor::Tiles;
    Eigen::Vector3f floor_colour = Eigen::Vector3f::Zero();
    Eigen::Vector3f wall_colour = Eigen::Vector3f::Zero();
    Eigen::Vector3f pillar_colour = Eigen::Vector3f::Zero();
};

Style roll_style(Dice& dice) {
    Style style;
    style.floor = static_cast<Floor>(dice.below(3));
    const float grey = dice.between(110, 185);
    style.floor_colour = Eigen::Vector3f(grey + dice.between(-4, 14), grey, grey - dice.between(-4, 20));
    if (style.floor == Floor::Planks) style.floor_colour = Eigen::Vector3f(150, 112, 78) * dice.between(0.75f, 1.15f);
    const float wall = dice.between(150, 215);
    style.wall_colour = Eigen::Vector3f(wall + dice.between(-12, 10), wall, wall + dice.between(-20, 10));
    style.pillar_colour = style.wall_colour * dice.between(0.75f, 1.0f);
    return style;
}

// The longest side of what one pixel shows of the floor, in metres, decides how much of a pattern is left.
Eigen::Vector3f floor_colour(const Style& style, float x, float y, float pixel) {
    float brightness = 1 + 0.10f * (smooth_noise(x * 0.7f, y * 0.7f) - 0.5f) +
                       0.08f * std::clamp(0.04f / pixel, 0.0f, 1.0f) * (smooth_noise(x * 18, y * 18) - 0.5f);
    const float sharp = std::clamp(0.05f / pixel, 0.0f, 1.0f);
    const float tile = style.floor == Floor::Planks ? 0.16f : 0.6f;
    const float long_side = style.floor == Floor::Planks ? 1.4f : tile;
    if (style.floor != Floor::Stone) {
        const float cx = std::floor(x / tile);
        const float ly = style.floor == Floor::Planks ? y + 0.7f * hash01(static_cast<int>(cx), 7) : y;
        const float cy = std::floor(ly / long_side);
        const float gap_x = std::abs(x - tile * (cx + 0.5f)) - (tile / 2 - 0.008f);
        const float gap_y = std::abs(ly - long_side * (cy + 0.5f)) - (long_side / 2 - 0.008f);
        if (gap_x > 0 || gap_y > 0) brightness *= 1 - 0.35f * sharp;
        brightness *= 1 + 0.14f * sharp * (hash01(static_cast<int>(cx), static_cast<int>(cy)) - 0.5f);
    }
    return style.floor_colour * brightness;
}

Eigen::Vector3f wall_colour(const Style& style, float x, float z) {
    if (z < 0.12f) return style.wall_colour * 0.45f;  // the skirting
    const float shade = 0.82f + 0.12f * z / wall_height + 0.05f * (smooth_noise(x * 0.8f, z * 0.8f) - 0.5f);
    // Doors and pictures every few metres, so that the wall is no blank.
    const auto bay = static_cast<int>(std::floor(x / 2.6f));
    const float in_bay = x - 2.6f * static_cast<float>(bay);
    const float kind = hash01(bay, 91);
    if (kind < 0.3f && in_bay > 0.6f && in_bay < 1.6f && z < 2.1f)
        return Eigen::Vector3f(104, 80, 60) * (0.8f + 0.3f * hash01(bay, 5)) *
               (in_bay < 0.66f || in_bay > 1.54f ? 0.7f : 1.0f);
    if (kind > 0.55f && in_bay > 0.5f && in_bay < 1.9f && z > 1.1f && z < 2.2f)
        return Eigen::Vector3f(70 + 120 * hash01(bay, 1), 70 + 120 * hash01(bay, 2), 70 + 120 * hash01(bay, 3)) *
               (0.8f + 0.3f * smooth_noise(x * 4, z * 4));
    return style.wall_colour * shade;
}

// The depth at which a ray enters an upright cylinder; infinite if it misses.
float pillar_hit(const Camera& camera, const Eigen::Vector3f& ray, const Pillar& pillar, Eigen::Vector3f& hit) {
    const Eigen::Vector2f d(ray.x(), ray.y());
    const Eigen::Vector2f o = Eigen::Vector2f(camera.at.x(), camera.at.y()) - pillar.at;
    const float a = d.squaredNorm();
    const float b = o.dot(d);
    const float c = o.squaredNorm() - pillar.radius * pillar.radius;
    const float inside = b * b - a * c;
    if (inside < 0 || a <= 0) return nowhere;
    const float t = (-b - std::sqrt(inside)) / a;
    hit = camera.at + t * ray;
    return t > 0.1f && hit.z() >= 0 && hit.z() <= wall_height ? t : nowhere;
}

void put(Picture& picture, int x, int y, const Eigen::Vector3f& colour) {
    std::uint8_t* pixel = picture.row(y) + 3 * x;
    for (int k = 0; k < 3; ++k) pixel[k] = static_cast<std::uint8_t>(std::clamp(colour[k], 0.0f, 255.0f));
}

// Darkens the floor around feet, as they keep the room's light off it.
void shade_floor(Picture& picture, const Room& room, const Camera& camera, const Eigen::Vector2f& feet) {
    constexpr float reach = 0.6f;
    float left = nowhere;
    float right = -nowhere;
    float top = nowhere;
    float low = -nowhere;
    for (int k = 0; k < 8; ++k) {
        const float turn = 0.785398f * static_cast<float>(k);
        const Eigen::Vector3f at =
            camera.project({feet.x() + reach * std::cos(turn), feet.y() + reach * std::sin(turn), 0});
        if (at.z() < 0.3f) return;
        left = std::min(left, at.x());
        right = std::max(right, at.x());
        top = std::min(top, at.y());
        low = std::max(low, at.y());
    }
    for (int y = std::max(0, static_cast<int>(top)); y <= std::min(picture.height() - 1, static_cast<int>(low)); ++y) {
        for (int x = std::max(0, static_cast<int>(left)); x <= std::min(picture.width() - 1, static_cast<int>(right));
             ++x) {
            const auto place =
                static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width()) + static_cast<std::size_t>(x);
            if (!room.floor[place]) continue;
            const auto floor = camera.floor_at({static_cast<float>(x), static_cast<float>(y)});
            if (!floor) continue;
            const float square = (*floor - feet).squaredNorm();
            const float light = 1 - 0.5f * std::exp(-square / (2 * 0.17f * 0.17f));
            std::uint8_t* pixel = picture.row(y) + 3 * x;
            for (int k = 0; k < 3; ++k) pixel[k] = static_cast<std::uint8_t>(static_cast<float>(pixel[k]) * light);
        }
    }
}

void add_noise(Picture& picture, float deviation, Dice& dice) {
    if (deviation <= 0) return;
    // A table of normal numbers entered at a random place in each row: a fresh one for each pixel would cost more than
    // all the rest.
    std::array<std::int8_t, 4096> table{};
    for (std::int8_t& value : table)
        value = static_cast<std::int8_t>(std::clamp(std::lround(deviation * dice.normal()), -100L, 100L));
    for (int y = 0; y < picture.height(); ++y) {
        std::size_t at = dice.below(table.size());
        std::uint8_t* row = picture.row(y);
        for (int i = 0; i < 3 * picture.width(); ++i) {
            at = (at + 1) & (table.size() - 1);
            row[i] = static_cast<std::uint8_t>(std::clamp(row[i] + table[at], 0, 255));
        }
    }
}

// Lays one person over the picture and notes whose each pixel now is. Gives back how many pixels the person has.
int lay(Picture& picture, const Room& room, const Layer& layer, std::vector<int>& owner, int index) {
    int all = 0;
    for (int row = 0; row < layer.height; ++row) {
        for (int column = 0; column < layer.width; ++column) {
            const std::uint8_t* from =
                &layer.rgba[(static_cast<std::size_t>(row) * static_cast<std::size_t>(layer.width) +
                             static_cast<std::size_t>(column)) *
                            4];
            if (from[3] == 0) continue;
            if (from[3] > 127) ++all;
            const int x = layer.x + column;
            const int y = layer.y + row;
            if (x < 0 || y < 0 || x >= picture.width() || y >= picture.height()) continue;
            const auto place =
                static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width()) + static_cast<std::size_t>(x);
            if (room.pillar_depth[place] < layer.depth) continue;
            std::uint8_t* to = picture.row(y) + 3 * x;
            for (int k = 0; k < 3; ++k)
                to[k] = static_cast<std::uint8_t>((from[k] * from[3] + to[k] * (255 - from[3])) / 255);
            if (from[3] > 127) owner[place] = index;
        }
    }
    return all;
}

}  // namespace

Room render_room(const Camera& camera, const std::vector<Pillar>& pillars, float far_wall, Dice dice) {
    const Style style = roll_style(dice);
    const std::size_t pixels =
        static_cast<std::size_t>(camera.size.width) * static_cast<std::size_t>(camera.size.height);
    Room room{Picture(camera.size), std::vector<float>(pixels, nowhere), std::vector<bool>(pixels), {}};
    room.light.towards = {dice.between(-0.6f, 0.6f), dice.between(-0.9f, -0.3f), 0.9f};
    room.light.ambient = dice.between(0.5f, 0.62f);
    room.light.direct = dice.between(0.45f, 0.6f);
    const Eigen::Vector3f lamp = room.light.towards.normalized();
    for (int y = 0; y < camera.size.height; ++y) {
        for (int x = 0; x < camera.size.width; ++x) {
            const auto place =
                static_cast<std::size_t>(y) * static_cast<std::size_t>(camera.size.width) + static_cast<std::size_t>(x);
            const Eigen::Vector3f ray = camera.ray({static_cast<float>(x), static_cast<float>(y)});
            const float to_wall = ray.y() > 1e-4f ? (far_wall - camera.at.y()) / ray.y() : nowhere;
            const float to_floor = ray.z() < -1e-4f ? -camera.at.z() / ray.z() : nowhere;
            const float depth = std::min(to_wall, to_floor);
            Eigen::Vector3f colour(168, 170, 172);  // the ceiling
            if (depth < nowhere) {
                const Eigen::Vector3f hit = camera.at + depth * ray;
                room.floor[place] = to_floor < to_wall;
                if (room.floor[place])
                    colour = floor_colour(style, hit.x(), hit.y(), depth / camera.focal / std::max(0.1f, -ray.z())) *
                             (0.8f + 0.2f * std::min(1.0f, (far_wall - hit.y()) / 1.5f));
                else if (hit.z() < wall_height)
                    colour = wall_colour(style, hit.x(), hit.z());
            }
            for (const Pillar& pillar : pillars) {
                Eigen::Vector3f hit = Eigen::Vector3f::Zero();
                const float t = pillar_hit(camera, ray, pillar, hit);
                if (t >= depth || t >= room.pillar_depth[place]) continue;
                room.pillar_depth[place] = t;
                room.floor[place] = false;
                Eigen::Vector3f normal(hit.x() - pillar.at.x(), hit.y() - pillar.at.y(), 0);
                colour = style.pillar_colour * (0.6f + 0.45f * std::max(0.0f, normal.normalized().dot(lamp)));
            }
            put(room.picture, x, y, colour.cwiseProduct(camera.tint));
        }
    }
    return room;
}

Room room_of(const Picture& picture, const Camera& camera, Dice dice) {
    const std::size_t pixels =
        static_cast<std::size_t>(camera.size.width) * static_cast<std::size_t>(camera.size.height);
    Room room{image::resize(picture, camera.size), std::vector<float>(pixels, nowhere), std::vector<bool>(pixels), {}};
    room.light.towards = {dice.between(-0.6f, 0.6f), dice.between(-0.9f, -0.3f), 0.9f};
    for (std::size_t i = 0; i < pixels; ++i) {
        const std::size_t row = i / static_cast<std::size_t>(camera.size.width);
        const Point at{static_cast<float>(i % static_cast<std::size_t>(camera.size.width)), static_cast<float>(row)};
        room.floor[i] = camera.floor_at(at).has_value();
    }
    return room;
}

Composed compose(const Room& room, const Camera& camera, const std::vector<Layer>& layers,
                 const std::vector<Eigen::Vector2f>& feet, Dice dice) {
    Composed made{room.picture, std::vector<float>(layers.size())};
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i].box.width > 0) shade_floor(made.picture, room, camera, feet[i]);
    std::vector<std::size_t> order(layers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return layers[i].depth; });
    std::vector<int> owner(room.pillar_depth.size(), -1);
    std::vector<int> all(layers.size());
    for (const std::size_t i : order) all[i] = lay(made.picture, room, layers[i], owner, static_cast<int>(i));
    for (const int index : owner)
        if (index >= 0) made.visible[static_cast<std::size_t>(index)] += 1;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (all[i] > 0) made.visible[i] /= static_cast<float>(all[i]);
    add_noise(made.picture, camera.noise, dice);
    return made;
}

}  // namespace mien::simulate
