#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gallery/search/kernel.h"

namespace mien::gallery {

// How rows become bytes, and why the bytes are enough to be exact.
//
// A row x lies in a chunk with centre m. Its codes c (-127..127) and scale s stand for x - m: e = x - m - s c is what
// they leave out. A probe q has codes p, scale t and the rest f = q - t p. Then, whatever c, s, p and t are,
//     <q, x> = <q, m> + <q, s c> + <q, e> = <q, m> + s t <p, c> + <f, s c> + <q, e>
// and by Cauchy and Schwarz
//     |<q, x> - (<q, m> + s t <p, c>)| <= |f| |s c| + |q| |e|.                                   (1)
// <p, c> is an integer that 32 bits hold (2048 × 127 × 255 < 2^31). |e|, |s c|, |f|, |q| are measured in double when
// the codes are made, from the very floats and codes in use, and rounded up to float; a block keeps its rows' greatest
// |s c|.
//
// What a kernel computes (kernel.h) differs from (1) by roundings of relative size u = 2^-24. Vectors have length at
// most 1.001, so |m| <= 1.001 (a mean), |x - m| <= 2.002; in at most 2048 dimensions |e| <= sqrt(2048) / 254 × 2.002 <
// 0.36, so |s c| < 2.37, |f| < 0.18, |t p| < 1.19, |s t <p, c>| < 2.9, |approximate| < 4, |upper| < 5. Three roundings
// make the product (8.7 u), one the base (1.1 u), one the sum (4 u), four the margin (2 u), one the upper bound (5 u),
// one the similarity itself (1.1 u): less than 22 u. arithmetic_slack is 64 u. Hence for every row
//     lower <= similarity(q, x) <= upper,  lower = approximate - margin,  upper = approximate + margin
// with similarity.h's float. The k-th greatest `lower` of any rows is at most the k-th greatest similarity of all, so a
// row whose `upper` is less than that cannot be among the k best, not even by a tie.

// What is kept of a row beside its codes.
struct RowMeasures {
    float scale = 0;
    float error = 0;  // |e|, rounded up
    float reach = 0;  // |s c|, rounded up
};

// `codes` takes values.size() numbers. The values and the centre are of one size.
RowMeasures encode_row(std::span<const float> values, std::span<const float> centre, std::span<std::int8_t> codes);

struct ProbeCode {
    std::vector<std::int8_t> codes{};  // padded with zeros to a multiple of 4
    float scale = 0;
    float length = 0;  // |q|, rounded up
    float error = 0;   // |f|, rounded up
};

ProbeCode encode_probe(std::span<const float> probe);

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
