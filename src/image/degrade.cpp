#include "image/degrade.h"

#include <cmath>
#include <random>

namespace mien::image {
namespace {

std::uint8_t byte_of(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
}

std::vector<float> gaussian(float sigma) {
    const int reach = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
    std::vector<float> weights;
    float sum = 0;
    for (int i = -reach; i <= reach; ++i) {
        const float x = static_cast<float>(i) / sigma;
        weights.push_back(std::exp(-x * x / 2));
        sum += weights.back();
    }
    for (float& weight : weights) weight /= sum;
    return weights;
}

enum class Along { Rows, Columns };

// One pass of a separable filter over interleaved channels; the border's pixel is repeated.
std::vector<float> filtered(const std::vector<float>& from, Size size, const std::vector<float>& weights, Along along) {
    const int reach = static_cast<int>(weights.size() / 2);
    const int length = along == Along::Rows ? size.width : size.height;
    std::vector<float> to(from.size());
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const int here = along == Along::Rows ? x : y;
            std::array<float, 3> sum{};
            for (int i = -reach; i <= reach; ++i) {
                const int there = std::clamp(here + i, 0, length - 1);
                const std::size_t at =
                    (along == Along::Rows ? static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                                                static_cast<std::size_t>(there)
                                          : static_cast<std::size_t>(there) * static_cast<std::size_t>(size.width) +
                                                static_cast<std::size_t>(x)) *
                    3;
                const float weight = weights[static_cast<std::size_t>(i + reach)];
                for (std::size_t c = 0; c < 3; ++c) sum.at(c) += weight * from[at + c];
            }
            const std::size_t at =
                (static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)) * 3;
            std::ranges::copy(sum, to.begin() + static_cast<std::ptrdiff_t>(at));
        }
    }
    return to;
}

float linear_of(float value) {
    const float v = value / 255;
    return v <= 0.04045f ? v / 12.92f : std::pow((v + 0.055f) / 1.055f, 2.4f);
}

float srgb_of(float linear) {
    return 255 * (linear <= 0.0031308f ? 12.92f * linear : 1.055f * std::pow(linear, 1 / 2.4f) - 0.055f);
}

}  // namespace

Picture blur(const Picture& picture, float sigma) {
    if (!(sigma > 0)) return picture;
    const std::vector<float> weights = gaussian(sigma);
    std::vector<float> values(picture.pixels().begin(), picture.pixels().end());
    values = filtered(values, picture.size(), weights, Along::Rows);
    values = filtered(values, picture.size(), weights, Along::Columns);
    Picture result(picture.size());
    std::ranges::transform(values, result.pixels().begin(), byte_of);
    return result;
}

Picture add_noise(const Picture& picture, float deviation, std::uint64_t seed) {
    if (!(deviation > 0)) return picture;
    std::mt19937_64 random(seed);
    std::normal_distribution<float> noise(0, deviation);
    Picture result = picture;
    for (std::uint8_t& value : result.pixels()) value = byte_of(static_cast<float>(value) + noise(random));
    return result;
}

Picture darken(const Picture& picture, float gain) {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table.at(i) = byte_of(srgb_of(std::clamp(linear_of(static_cast<float>(i)) * gain, 0.0f, 1.0f)));
    Picture result = picture;
    for (std::uint8_t& value : result.pixels()) value = table.at(value);
    return result;
}

Picture cover(const Picture& picture, const std::vector<Point>& polygon, std::uint8_t grey) {
    Picture result = picture;
    for (int y = 0; y < picture.height(); ++y) {
        // Where the row's middle crosses the polygon's sides: inside lies between odd and even crossings.
        std::vector<float> crossings;
        const auto row = static_cast<float>(y);
        for (std::size_t i = 0; i < polygon.size(); ++i) {
            const Point a = polygon[i];
            const Point b = polygon[(i + 1) % polygon.size()];
            if ((a.y <= row) == (b.y <= row)) continue;
            crossings.push_back(a.x + (row - a.y) / (b.y - a.y) * (b.x - a.x));
        }
        std::ranges::sort(crossings);
        for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
            const auto last = static_cast<float>(picture.width() - 1);
            const int from = static_cast<int>(std::ceil(std::clamp(crossings[i], 0.0f, last)));
            const int to = static_cast<int>(std::floor(std::clamp(crossings[i + 1], 0.0f, last)));
            for (int x = from; x <= to; ++x) std::fill_n(result.row(y) + x * 3, 3, grey);
        }
    }
    return result;
}

}  // namespace mien::image
