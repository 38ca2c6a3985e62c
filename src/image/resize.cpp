#include "image/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace mien::image {
namespace {

// For each output position: where its weights start in the source and the weights, in 1/16384.
struct Taps {
    std::vector<int> first{};
    std::vector<int> weights{};  // `count` for each position
    int count = 0;
};
constexpr int one = 1 << 14;

// `step`: source pixels for each result pixel.
Taps make_taps(int from, int to, double step) {
    const double reach = std::max(1.0, step);  // half the filter's width in source pixels
    Taps taps;
    taps.count = std::min(from, static_cast<int>(std::ceil(reach * 2)) + 1);
    taps.weights.resize(static_cast<std::size_t>(to) * static_cast<std::size_t>(taps.count));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * step - 0.5;
        const int first = std::clamp(static_cast<int>(std::ceil(centre - reach)), 0, from - taps.count);
        taps.first.push_back(first);
        int* weights = taps.weights.data() + static_cast<std::ptrdiff_t>(i) * taps.count;
        double sum = 0;
        for (int k = 0; k < taps.count; ++k) sum += std::max(0.0, 1 - std::abs(first + k - centre) / reach);
        int rest = one;
        int heaviest = 0;
        for (int k = 0; k < taps.count; ++k) {
            weights[k] =
                static_cast<int>(std::lround(std::max(0.0, 1 - std::abs(first + k - centre) / reach) / sum * one));
            rest -= weights[k];
            if (weights[k] > weights[heaviest]) heaviest = k;
        }
        weights[heaviest] += rest;  // a flat area keeps its value exactly
    }
    return taps;
}

void resize_row(const std::uint8_t* from, const Taps& taps, std::uint8_t* to, int width) {
    for (int x = 0; x < width; ++x) {
        const int* weights = taps.weights.data() + static_cast<std::ptrdiff_t>(x) * taps.count;
        const std::uint8_t* pixel = from + static_cast<std::ptrdiff_t>(taps.first[static_cast<std::size_t>(x)]) * 3;
        int red = one / 2;
        int green = one / 2;
        int blue = one / 2;
        for (int k = 0; k < taps.count; ++k) {
            red += weights[k] * pixel[k * 3];
            green += weights[k] * pixel[k * 3 + 1];
            blue += weights[k] * pixel[k * 3 + 2];
        }
        to[x * 3] = static_cast<std::uint8_t>(red / one);
        to[x * 3 + 1] = static_cast<std::uint8_t>(green / one);
        to[x * 3 + 2] = static_cast<std::uint8_t>(blue / one);
    }
}

struct Block {
    int columns = 0;
    int area = 0;
};

// Means of blocks whose rows are summed up already. Known: the block's side where it is known when this is compiled,
// which saves a division for each value; 0: it is `block`.
template <int known>
void average(const std::uint16_t* sums, std::uint8_t* to, int width, Block block) {
    const int columns = known > 0 ? known : block.columns;
    const int area = known > 0 ? known * known : block.area;
    for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) {
            int sum = area / 2;
            for (int k = 0; k < columns; ++k) sum += sums[(x * columns + k) * 3 + c];
            to[x * 3 + c] = static_cast<std::uint8_t>(sum / area);
        }
    }
}

}  // namespace

Picture reduce(const Picture& picture, int factor) {
    assert(factor >= 1);
    if (factor == 1) return picture;
    Picture result({std::max(1, picture.width() / factor), std::max(1, picture.height() / factor)});
    const int rows = std::min(factor, picture.height());
    const int columns = std::min(factor, picture.width());
    const auto bytes = static_cast<std::size_t>(result.width()) * static_cast<std::size_t>(columns) * 3;
    std::vector<std::uint16_t> sums(bytes);  // rows <= 255: no overflow
    const int area = rows * columns;
    for (int y = 0; y < result.height(); ++y) {
        std::ranges::fill(sums, std::uint16_t{0});
        for (int r = 0; r < rows; ++r) {
            const std::uint8_t* from = picture.row(y * factor + r);
            for (std::size_t i = 0; i < bytes; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + from[i]);
        }
        std::uint8_t* to = result.row(y);
        if (rows == 2 && columns == 2)
            average<2>(sums.data(), to, result.width(), {2, 4});
        else if (rows == 3 && columns == 3)
            average<3>(sums.data(), to, result.width(), {3, 9});
        else
            average<0>(sums.data(), to, result.width(), {columns, area});
    }
    return result;
}

namespace {

Picture resample(const Picture& picture, Size size, double step_across, double step_down) {
    const Taps across = make_taps(picture.width(), size.width, step_across);
    const Taps down = make_taps(picture.height(), size.height, step_down);
    Picture narrow({size.width, picture.height()});
    for (int y = 0; y < picture.height(); ++y) resize_row(picture.row(y), across, narrow.row(y), size.width);

    Picture result(size);
    const auto bytes = static_cast<std::size_t>(size.width) * 3;
    std::vector<int> sums(bytes);
    for (int y = 0; y < size.height; ++y) {
        std::ranges::fill(sums, one / 2);
        for (int k = 0; k < down.count; ++k) {
            const int weight = down.weights[static_cast<std::size_t>(y * down.count + k)];
            if (weight == 0) continue;
            const std::uint8_t* from = narrow.row(down.first[static_cast<std::size_t>(y)] + k);
            for (std::size_t i = 0; i < bytes; ++i) sums[i] += weight * from[i];
        }
        std::uint8_t* to = result.row(y);
        for (std::size_t i = 0; i < bytes; ++i) to[i] = static_cast<std::uint8_t>(sums[i] / one);
    }
    return result;
}

}  // namespace

Picture resize(const Picture& picture, Size size) {
    assert(size.width > 0 && size.height > 0);
    if (size == picture.size()) return picture;
    const int factor = std::clamp(std::min(picture.width() / size.width, picture.height() / size.height) / 2, 1, 128);
    // The step is taken from the whole picture, although reduce() leaves out a rest: places stay true.
    const double step_across = static_cast<double>(picture.width()) / factor / size.width;
    const double step_down = static_cast<double>(picture.height()) / factor / size.height;
    if (factor == 1) return resample(picture, size, step_across, step_down);
    return resample(reduce(picture, factor), size, step_across, step_down);
}

}  // namespace mien::image
