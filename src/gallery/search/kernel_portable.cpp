#include "gallery/search/kernel.h"

namespace mien::gallery {
namespace {

// The inner products of a block's rows with one probe.
void multiply(const uint8_t* block, uint32_t groups, const ProbePanel& panel, uint32_t probe, int32_t* sums) {
    for (uint32_t r = 0; r < block_rows; ++r) sums[r] = -panel.shift[probe];
    for (uint32_t g = 0; g < groups; ++g) {
        const uint8_t* rows = block + g * block_rows * 4;
        const int8_t* own = panel.codes + (g * panel.width + probe) * 4;
        for (uint32_t r = 0; r < block_rows; ++r) {
            for (uint32_t i = 0; i < 4; ++i) sums[r] += rows[r * 4 + i] * own[i];
        }
    }
}

uint32_t scan(const CodeRun& run, const ProbePanel& panel, Found* found) {
    uint32_t count = 0;
    for (uint32_t b = 0; b < run.blocks; ++b) {
        if (run.open[b] == 0) continue;
        for (uint32_t p = 0; p < panel.width; ++p) {
            int32_t sums[block_rows];
            multiply(run.codes + static_cast<uint64_t>(b) * run.groups * block_rows * 4, run.groups, panel, p, sums);
            Found& now = found[count];
            const float spread = panel.error[p] * run.reach[b] + arithmetic_slack;
            uint32_t rows = 0;
            for (uint32_t r = 0; r < block_rows; ++r) {
                const uint64_t at = static_cast<uint64_t>(b) * block_rows + r;
                now.approximate[r] =
                    panel.along[p] * run.along[at] + run.scale[at] * panel.scale[p] * static_cast<float>(sums[r]);
                const float upper = now.approximate[r] + (panel.length[p] * run.error[at] + spread);
                rows |= static_cast<uint32_t>(upper >= panel.floor[p]) << r;
            }
            now.rows = static_cast<uint16_t>(rows & run.open[b]);
            if (now.rows == 0) continue;
            now.block = b;
            now.probe = static_cast<uint16_t>(p);
            ++count;
        }
    }
    return count;
}

double dot(const float* a, const float* b, uint32_t padded) {
    double sums[16] = {};
    for (uint32_t i = 0; i < padded; i += 16) {
        for (uint32_t j = 0; j < 16; ++j) sums[j] += static_cast<double>(a[i + j]) * static_cast<double>(b[i + j]);
    }
    for (uint32_t half = 8; half > 0; half /= 2) {
        for (uint32_t j = 0; j < half; ++j) sums[j] += sums[j + half];
    }
    return sums[0];
}

}  // namespace

const Kernel portable_kernel{"portable", scan, dot};

}  // namespace mien::gallery
