#include "face/quality/texture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "image/warp.h"

namespace mien::face {
namespace {

float grey(const std::uint8_t* p) {
    return 0.299f * static_cast<float>(p[0]) + 0.587f * static_cast<float>(p[1]) + 0.114f * static_cast<float>(p[2]);
}

struct Grey {
    int width = 0;
    int height = 0;
    std::vector<float> values{};
    float at(int x, int y) const {
        return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
    }
};

Grey grey_of(const Picture& picture) {
    Grey result{picture.width(), picture.height(), {}};
    result.values.reserve(picture.pixels().size() / 3);
    for (std::size_t i = 0; i + 2 < picture.pixels().size(); i += 3)
        result.values.push_back(grey(picture.pixels().data() + i));
    return result;
}

// 0 at `bad`, 100 at `good`, straight between.
Scored graded(float native, float bad, float good) {
    return {native, std::round(100 * std::clamp((native - bad) / (good - bad), 0.0f, 1.0f))};
}

float mean_difference(const Grey& g, const std::vector<std::uint8_t>& mask, int step) {
    double sum = 0;
    double count = 0;
    for (int y = step; y < g.height - step; y += 2) {
        for (int x = step; x < g.width - step; x += 2) {
            if (mask[static_cast<std::size_t>(y) * static_cast<std::size_t>(g.width) + static_cast<std::size_t>(x)] ==
                0)
                continue;
            sum += std::abs(g.at(x + step, y) - g.at(x, y)) + std::abs(g.at(x, y + step) - g.at(x, y));
            ++count;
        }
    }
    return static_cast<float>(sum / std::max(count, 1.0));
}

float focus_of(const Grey& aligned, const std::vector<std::uint8_t>& mask) {
    return mean_difference(aligned, mask, 1) / std::max(mean_difference(aligned, mask, 4), 0.5f);
}

// Immerkær's mask cancels planes and edges along the axes.
float noise_of(const Grey& g) {
    constexpr int block = 16;
    std::vector<float> blocks;
    for (int top = 1; top + block < g.height; top += block) {
        for (int left = 1; left + block < g.width; left += block) {
            float sum = 0;
            for (int y = top; y < top + block; ++y) {
                for (int x = left; x < left + block; ++x) {
                    const float corners =
                        g.at(x - 1, y - 1) + g.at(x + 1, y - 1) + g.at(x - 1, y + 1) + g.at(x + 1, y + 1);
                    const float sides = g.at(x, y - 1) + g.at(x, y + 1) + g.at(x - 1, y) + g.at(x + 1, y);
                    sum += std::abs(corners - 2 * sides + 4 * g.at(x, y));
                }
            }
            blocks.push_back(sum / (block * block));
        }
    }
    if (blocks.empty()) return 0;
    const auto quarter = blocks.begin() + static_cast<std::ptrdiff_t>(blocks.size() / 4);
    std::ranges::nth_element(blocks, quarter);
    return *quarter * std::sqrt(std::numbers::pi_v<float> / 2) / 6;
}

// `origin` is where the part lies in its picture: JPEG's blocks begin at the picture's corner.
float blockiness_of(const Grey& g, Point origin) {
    constexpr int side = 8;
    std::array<double, 2> sum{};
    std::array<double, 2> count{};
    const int x0 = static_cast<int>(origin.x);
    const int y0 = static_cast<int>(origin.y);
    for (int y = 1; y < g.height; ++y) {
        for (int x = 1; x < g.width; ++x) {
            const std::size_t on_column = (x + x0) % side == 0 ? 1 : 0;
            const std::size_t on_row = (y + y0) % side == 0 ? 1 : 0;
            sum.at(on_column) += std::abs(g.at(x, y) - g.at(x - 1, y));
            sum.at(on_row) += std::abs(g.at(x, y) - g.at(x, y - 1));
            ++count.at(on_column);
            ++count.at(on_row);
        }
    }
    if (count[1] == 0) return 1;
    return static_cast<float>((sum[1] / count[1]) / std::max(sum[0] / std::max(count[0], 1.0), 0.5));
}

struct Background {
    float gradient = 0;
    bool seen = false;
};

// Both sides of the head above the chin, as far from its middle as hair hardly reaches.
Background background_of(const AlignedFace& face) {
    constexpr float beside = 1.4f;  // distances of the eyes
    const float eyes = std::hypot(face.eyes[1].x - face.eyes[0].x, face.eyes[1].y - face.eyes[0].y);
    const float middle = (face.eyes[0].x + face.eyes[1].x) / 2;
    const int width = face.picture.width();
    const int bottom = std::min(face.picture.height() - 1, static_cast<int>(face.mouth.y));
    double sum = 0;
    double count = 0;
    const auto index = [&](int x, int y) { return static_cast<std::size_t>(y * width + x); };
    for (int y = 1; y < bottom; y += 2) {
        for (int x = 1; x < width - 1; x += 2) {
            if (std::abs(static_cast<float>(x) - middle) < beside * eyes) continue;
            if (face.inside[index(x - 1, y - 1)] == 0 || face.inside[index(x + 1, y + 1)] == 0) continue;
            const float dx = static_cast<float>(face.luminance[index(x + 1, y)]) -
                             static_cast<float>(face.luminance[index(x - 1, y)]);
            const float dy = static_cast<float>(face.luminance[index(x, y + 1)]) -
                             static_cast<float>(face.luminance[index(x, y - 1)]);
            sum += std::hypot(dx, dy);
            ++count;
        }
    }
    constexpr double enough = 500;
    return {static_cast<float>(sum / std::max(count, 1.0)), count >= enough};
}

float inside_share(const AlignedFace& face) {
    double all = 0;
    double inside = 0;
    for (std::size_t i = 0; i < face.face.size(); ++i) {
        all += face.face[i];
        inside += face.face[i] != 0 && face.inside[i] != 0 ? 1 : 0;
    }
    return all > 0 ? static_cast<float>(inside / all) : 0;
}

// At most 384 pixels of each side around the middle: enough to judge pixels by.
Box middle_part(const Box& face) {
    constexpr float most = 384;
    const float width = std::min(face.width, most);
    const float height = std::min(face.height, most);
    const Point c = face.centre();
    return {c.x - width / 2, c.y - height / 2, width, height};
}

}  // namespace

TextureMeasures texture_measures(const Picture& picture, const Box& face, const AlignedFace& aligned) {
    const image::Part part = image::cut(picture, middle_part(face));
    const Grey own = grey_of(part.picture);
    const Background background = background_of(aligned);
    return {graded(focus_of(grey_of(aligned.picture), aligned.face), 0.25f, 0.40f),
            graded(noise_of(own), 15, 2),
            graded(blockiness_of(own, part.origin), 2.2f, 1.1f),
            graded(background.gradient, 25, 2),
            background.seen,
            graded(inside_share(aligned), 0.6f, 1)};
}

}  // namespace mien::face
