#include "gallery/search/code.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>

namespace mien::gallery {
namespace {

// The least float not below a length whose square was summed up in double: 2048 terms lose less than 2^-40 of it.
float rounded_up(double squares) {
    const double length = std::sqrt(squares) * (1 + 1e-11);
    const float nearest = static_cast<float>(length);
    if (static_cast<double>(nearest) >= length) return nearest;
    return std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

// Adds term(0) … term(count − 1) as eight sums side by side, because a single one would wait for each addition.
template <class Term>
double sum_of(std::size_t count, const Term& term) {
    constexpr std::size_t lanes = 8;
    std::array<double, lanes> sums{};
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (std::size_t j = 0; j < lanes; ++j) sums[j] += term(i + j);
    }
    for (; i < count; ++i) sums[i % lanes] += term(i);
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

template <class Term>
double greatest_of(std::size_t count, const Term& term) {
    constexpr std::size_t lanes = 8;
    std::array<double, lanes> most{};
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (std::size_t j = 0; j < lanes; ++j) {
            const double value = term(i + j);
            most[j] = value > most[j] ? value : most[j];
        }
    }
    for (; i < count; ++i) most[i % lanes] = std::max(most[i % lanes], term(i));
    return *std::ranges::max_element(most);
}

struct Quantised {
    float scale = 0;
    double error_squares = 0;
    double reach_squares = 0;
};

// value(i) is the i-th number to be coded, in double.
template <class Value>
Quantised quantise(std::size_t count, Value value, std::int8_t* codes) {
    const double greatest = greatest_of(count, [&](std::size_t i) { return std::abs(value(i)); });
    Quantised made;
    made.scale = static_cast<float>(greatest / 127);
    const double scale = static_cast<double>(made.scale);
    const double inverse = scale > 0 ? 1 / scale : 0;  // a scale that underflows leaves codes of 0 and all to the error
    for (std::size_t i = 0; i < count; ++i) {
        // Half away from zero by truncation, which vectorises; any rounding would do, the rest is measured.
        const double wanted = std::clamp(value(i) * inverse, -127.0, 127.0);
        codes[i] = static_cast<std::int8_t>(static_cast<int>(wanted + std::copysign(0.5, wanted)));
    }
    made.error_squares = sum_of(count, [&](std::size_t i) {
        const double rest = value(i) - scale * codes[i];
        return rest * rest;
    });
    made.reach_squares = sum_of(count, [&](std::size_t i) {
        const double coded = scale * codes[i];
        return coded * coded;
    });
    return made;
}

// What a vector has beside its part along the axis: b m is exact in double, the difference nearly so.
struct Rest {
    const float* values;
    const float* axis;
    float along;
    double operator()(std::size_t i) const {
        return static_cast<double>(values[i]) - static_cast<double>(along) * static_cast<double>(axis[i]);
    }
};

double product(std::span<const float> a, std::span<const float> b) {
    return sum_of(a.size(), [&](std::size_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); });
}

std::uint32_t width_for(std::size_t probes) {
    std::uint32_t width = 1;
    while (width < probes) width *= 2;
    return width;
}

}  // namespace

std::vector<float> axis_of(std::span<const double> sum) {
    double squares = 0;
    for (const double value : sum) squares += value * value;
    std::vector<float> axis(sum.size(), 0.0F);
    if (!(squares > 0)) return axis;
    const double inverse = 1 / std::sqrt(squares);
    for (std::size_t i = 0; i < sum.size(); ++i) axis[i] = static_cast<float>(sum[i] * inverse);
    return axis;
}

RowMeasures encode_row(std::span<const float> values, std::span<const float> axis, std::span<std::int8_t> codes) {
    assert(values.size() == axis.size() && values.size() == codes.size());
    const float along = static_cast<float>(product(values, axis));
    const auto made = quantise(values.size(), Rest{values.data(), axis.data(), along}, codes.data());
    return {made.scale, rounded_up(made.error_squares), rounded_up(made.reach_squares), along};
}

ProbeCode encode_probe(std::span<const float> probe, std::span<const float> axis) {
    assert(probe.size() == axis.size());
    ProbeCode made;
    made.codes.resize((probe.size() + 3) / 4 * 4);
    made.along = static_cast<float>(product(probe, axis));
    const Rest rest{probe.data(), axis.data(), made.along};
    const auto own = quantise(probe.size(), rest, made.codes.data());
    const double squares = sum_of(probe.size(), [&](std::size_t i) { return rest(i) * rest(i); });
    made.scale = own.scale;
    made.length = rounded_up(squares);
    made.error = rounded_up(own.error_squares);
    return made;
}

Panel::Panel(std::span<const ProbeCode> given) : probes(given.size()) {
    assert(!given.empty() && given.size() <= panel_width);
    view.width = width_for(given.size());
    const std::size_t numbers = given.front().codes.size();
    codes.assign(numbers * view.width, 0);
    wide.assign(numbers * view.width, 0);
    for (std::uint32_t p = 0; p < panel_width; ++p) view.floor[p] = std::numeric_limits<float>::infinity();
    for (std::uint32_t p = 0; p < given.size(); ++p) {
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < numbers; ++i) {
            constexpr std::array<std::size_t, 4> place{0, 2, 1, 3};
            const std::size_t four = (i / 4 * view.width + p) * 4;
            codes[four + i % 4] = given[p].codes[i];
            wide[four + place[i % 4]] = given[p].codes[i];
            sum += given[p].codes[i];
        }
        view.shift[p] = 128 * sum;
        view.scale[p] = given[p].scale;
        view.along[p] = given[p].along;
        view.length[p] = given[p].length;
        view.error[p] = given[p].error;
    }
    view.codes = codes.data();
    view.wide = wide.data();
}

}  // namespace mien::gallery
