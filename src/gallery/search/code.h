#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gallery/search/kernel.h"

namespace mien::gallery {

// How rows become bytes, and why the bytes are enough to be exact.
//
// Templates of one model share much of their mean, which tells nobody from anybody. A chunk has an axis m, the
// direction of the mean (length 1, or 0 while there is none); a row x is its part along the axis and a rest, and only
// the rest is coded:
//     x = b m + y,  y = s c + e       b = float(<m, x>), codes c (-127..127), scale s, and e is what they leave out
//     q = g m + z,  z = t p + f       the same for a probe
// y and z are made with the float b and g in use, e and f with the codes in use, so these are equalities. Then
//     <q, x> = g b <m, m> + g <m, y> + b <z, m> + <z, y>
//     <z, y> = s t <p, c> + <f, s c> + <z, e>
// and by Cauchy and Schwarz
//     |<q, x> - (g b + s t <p, c>)| <= |f| |s c| + |z| |e| + r,  r = |g b (<m, m> - 1)| + |g <m, y>| + |b <z, m>| (1)
// <p, c> is an integer that 32 bits hold (2048 × 127 × 255 < 2^31). |e|, |s c|, |f|, |z| are measured in double when
// the codes are made, and rounded up to float; a block keeps its rows' greatest |s c|.
//
// Roundings, with u = 2^-24. q and x have length at most 1.001. m is rounded from double, so |<m, m> - 1| <= 2.1 u, and
// |g|, |b| <= 1.002. <m, y> = <m, x> - b <m, m> <= u + 2.2 u, <z, m> likewise: r <= 9 u. |y|, |z| <= 1.002 or so; in
// 2048 dimensions |e|, |f| <= sqrt(2048) / 254 × 1.002 < 0.18, |s c|, |t p| < 1.19, |s t <p, c>| < 1.42. What a kernel
// computes (kernel.h) differs from (1) by three roundings of the product (4.3 u), one of g b (1.1 u), one of their sum
// (2.5 u), four of the margin (2 u), one of the upper bound (3.2 u) and one of the similarity itself (1.1 u): with r
// less than 24 u. arithmetic_slack is 64 u. Hence for every row, with similarity.h's float,
//     lower <= similarity(q, x) <= upper,  lower = approximate - margin,  upper = approximate + margin
// The k-th greatest `lower` of any rows is at most the k-th greatest similarity of all, so a row whose `upper` is less
// than that cannot be among the k best, not even by a tie.

// What is kept of a row beside its codes.
struct RowMeasures {
    float scale = 0;
    float error = 0;  // |e|, rounded up
    float reach = 0;  // |s c|, rounded up
    float along = 0;  // b
};

// `codes` takes values.size() numbers. The values and the axis are of one size.
RowMeasures encode_row(std::span<const float> values, std::span<const float> axis, std::span<std::int8_t> codes);

struct ProbeCode {
    std::vector<std::int8_t> codes{};  // padded with zeros to a multiple of 4
    float scale = 0;
    float along = 0;   // g
    float length = 0;  // |z|, rounded up
    float error = 0;   // |f|, rounded up
};

ProbeCode encode_probe(std::span<const float> probe, std::span<const float> axis);

// The direction of a sum of vectors; 0 where it has none.
std::vector<float> axis_of(std::span<const double> sum);

// Up to 16 probes as a kernel reads them; a last panel is filled up with probes that find nothing. `base` and `floor`
// are the caller's to set.
struct Panel {
    explicit Panel(std::span<const ProbeCode> probes);
    std::vector<std::int8_t> codes{};
    std::vector<std::int16_t> wide{};
    ProbePanel view{};  // points into the two above: a Panel may be moved, not copied
    std::size_t probes = 0;

    Panel(Panel&&) = default;
    Panel(const Panel&) = delete;
    Panel& operator=(const Panel&) = delete;
    Panel& operator=(Panel&&) = default;
    ~Panel() = default;
};

// margin of (1) as a kernel computes it.
inline float margin_of(const ProbePanel& panel, std::uint32_t probe, float row_error, float reach) {
    return panel.length[probe] * row_error + (panel.error[probe] * reach + arithmetic_slack);
}

}  // namespace mien::gallery
