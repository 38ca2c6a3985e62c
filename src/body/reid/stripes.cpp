#include "body/reid/stripes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

#include "image/resize.h"

namespace mien::body {
namespace {

constexpr Size canvas{48, 128};
constexpr int stripe_count = 8;
constexpr std::size_t hues = 12;
constexpr std::size_t saturations = 3;
constexpr std::size_t greys = 1;  // colours too pale or too dark to have a hue
constexpr std::size_t colours = hues * saturations + greys;
constexpr std::size_t lights = 8;
constexpr std::size_t textures = 10;  // uniform patterns by their number of bright neighbours 0..8, and all others
constexpr float least_saturation = 0.12f;
constexpr float least_value = 0.12f;

struct Hsv {
    float hue = 0;         // 0..1, around
    float saturation = 0;  // 0..1
    float value = 0;       // 0..1
};

Hsv hsv_of(const std::uint8_t* rgb) {
    const float r = static_cast<float>(rgb[0]) / 255;
    const float g = static_cast<float>(rgb[1]) / 255;
    const float b = static_cast<float>(rgb[2]) / 255;
    const float most = std::max({r, g, b});
    const float range = most - std::min({r, g, b});
    if (range <= 0) return {0, 0, most};
    float sixth = 0;
    if (most == r) {
        sixth = (g - b) / range;
    } else if (most == g) {
        sixth = 2 + (b - r) / range;
    } else {
        sixth = 4 + (r - g) / range;
    }
    const float hue = sixth / 6;
    return {hue < 0 ? hue + 1 : hue, range / most, most};
}

// Adds to two neighbouring bins, so that a small change of colour is a small change of the histogram.
void add_soft(std::span<float> bins, float place, float weight, bool around) {
    const auto count = static_cast<float>(bins.size());
    const float at = place * count - 0.5f;
    const float below = std::floor(at);
    const float share = at - below;
    const auto bin = [&](float index) {
        if (around) return static_cast<std::size_t>(index < 0 ? index + count : index) % bins.size();
        return static_cast<std::size_t>(std::clamp(index, 0.0f, count - 1));
    };
    bins[bin(below)] += weight * (1 - share);
    bins[bin(below + 1)] += weight * share;
}

// Epanechnikov's kernel over the columns: 1 in the middle, 0 just outside the sides.
float weight_of_column(int x) {
    const float off = (static_cast<float>(x) + 0.5f) / (static_cast<float>(canvas.width) / 2) - 1;
    return 1 - off * off;
}

std::vector<float> luminances(const Picture& picture) {
    std::vector<float> values;
    const std::span<const std::uint8_t> p = picture.pixels();
    for (std::size_t i = 0; i < p.size(); i += 3)
        values.push_back(0.299f * static_cast<float>(p[i]) + 0.587f * static_cast<float>(p[i + 1]) +
                         0.114f * static_cast<float>(p[i + 2]));
    return values;
}

// The kind of local binary pattern at a pixel that has all eight neighbours.
std::size_t texture_at(const std::vector<float>& light, int x, int y) {
    constexpr std::array<std::array<int, 2>, 8> around{
        {{-1, -1}, {0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}}};
    constexpr float noise = 3;  // grey levels below which a difference is none
    const auto at = [&](int column, int row) {
        return light[static_cast<std::size_t>(row) * static_cast<std::size_t>(canvas.width) +
                     static_cast<std::size_t>(column)];
    };
    unsigned pattern = 0;
    for (std::size_t i = 0; i < around.size(); ++i) {
        if (at(x + around.at(i)[0], y + around.at(i)[1]) > at(x, y) + noise) pattern |= 1u << i;
    }
    const auto turned = std::rotl(static_cast<std::uint8_t>(pattern), 1);
    const int changes = std::popcount(static_cast<unsigned>(turned) ^ pattern);
    return changes <= 2 ? static_cast<std::size_t>(std::popcount(pattern)) : textures - 1;
}

void append_rooted(std::vector<float>& to, std::span<const float> histogram) {
    float sum = 0;
    for (const float v : histogram) sum += v;
    for (const float v : histogram) to.push_back(sum > 0 ? std::sqrt(v / sum) : 0);
}

}  // namespace

std::vector<float> stripes_of(const Picture& crop) {
    const Picture laid = image::resize(crop, canvas);
    const std::vector<float> light = luminances(laid);
    constexpr int rows = canvas.height / stripe_count;
    std::vector<float> descriptor;
    for (int stripe = 0; stripe < stripe_count; ++stripe) {
        std::array<float, colours> colour{};
        std::array<float, lights> lightness{};
        std::array<float, textures> texture{};
        for (int y = stripe * rows; y < (stripe + 1) * rows; ++y) {
            for (int x = 0; x < canvas.width; ++x) {
                const float weight = weight_of_column(x);
                const Hsv hsv = hsv_of(laid.row(y) + 3 * x);
                add_soft(lightness, hsv.value, weight, false);
                if (hsv.saturation < least_saturation || hsv.value < least_value) {
                    colour.back() += weight;
                } else {
                    const float place = (hsv.saturation - least_saturation) / (1 - least_saturation);
                    const auto row = std::min(saturations - 1, static_cast<std::size_t>(place * saturations));
                    add_soft(std::span(colour).subspan(row * hues, hues), hsv.hue, weight, true);
                }
                if (x > 0 && y > 0 && x + 1 < canvas.width && y + 1 < canvas.height)
                    texture.at(texture_at(light, x, y)) += weight;
            }
        }
        append_rooted(descriptor, colour);
        append_rooted(descriptor, lightness);
        append_rooted(descriptor, texture);
    }
    // Every histogram has length 1, and there are three a stripe.
    const float length = std::sqrt(3.0f * stripe_count);
    for (float& value : descriptor) value /= length;
    return descriptor;
}

}  // namespace mien::body
