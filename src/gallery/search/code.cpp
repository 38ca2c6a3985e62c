#include "gallery/search/code.h"

#include <algorithm>
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

struct Quantised {
    float scale = 0;
    double error_squares = 0;
    double reach_squares = 0;
};

// value(i) is the i-th number to be coded, in double.
template <class Value>
Quantised quantise(std::size_t count, Value value, std::int8_t* codes) {
    double greatest = 0;
    for (std::size_t i = 0; i < count; ++i) greatest = std::max(greatest, std::abs(value(i)));
    Quantised made;
    made.scale = static_cast<float>(greatest / 127);
    const double scale = static_cast<double>(made.scale);
    const double inverse = scale > 0 ? 1 / scale : 0;  // a scale that underflows leaves codes of 0 and all to the error
    for (std::size_t i = 0; i < count; ++i) {
        // Half away from zero by truncation, which vectorises; any rounding would do, the rest is measured.
        const double wanted = std::clamp(value(i) * inverse, -127.0, 127.0);
        const auto code = static_cast<std::int8_t>(static_cast<int>(wanted + std::copysign(0.5, wanted)));
        codes[i] = code;
        const double coded = scale * code;
        const double rest = value(i) - coded;
        made.error_squares += rest * rest;
        made.reach_squares += coded * coded;
    }
    return made;
}

std::uint32_t width_for(std::size_t probes) {
    std::uint32_t width = 1;
    while (width < probes) width *= 2;
    return width;
}

}  // namespace

RowMeasures encode_row(std::span<const float> values, std::span<const float> centre, std::span<std::int8_t> codes) {
    assert(values.size() == centre.size() && values.size() == codes.size());
    const float* x = values.data();
    const float* m = centre.data();
    const auto made = quantise(
        values.size(), [x, m](std::size_t i) { return static_cast<double>(x[i]) - static_cast<double>(m[i]); },
        codes.data());
    return {made.scale, rounded_up(made.error_squares), rounded_up(made.reach_squares)};
}

ProbeCode encode_probe(std::span<const float> probe) {
    ProbeCode made;
    made.codes.resize((probe.size() + 3) / 4 * 4);
    const float* q = probe.data();
    const auto own = quantise(
        probe.size(), [q](std::size_t i) { return static_cast<double>(q[i]); }, made.codes.data());
    double squares = 0;
    for (const float value : probe) squares += static_cast<double>(value) * static_cast<double>(value);
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
        view.length[p] = given[p].length;
        view.error[p] = given[p].error;
    }
    view.codes = codes.data();
    view.wide = wide.data();
}

}  // namespace mien::gallery
