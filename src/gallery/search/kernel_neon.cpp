#if defined(__aarch64__)
#include <arm_neon.h>

#include "gallery/search/kernel.h"

// NEON, as every 64-bit ARM has it: four rows in a register; byte products are 16 bits wide and added in pairs.
namespace mien::gallery {
namespace {

struct Sums {
    int32x4_t four[4];  // of 16 rows
};

// Four numbers of four rows, times the probe's four.
inline int32x4_t products(int8x16_t rows, int8x16_t probe) {
    const int16x8_t first = vmull_s8(vget_low_s8(rows), vget_low_s8(probe));
    const int16x8_t second = vmull_high_s8(rows, probe);
    return vpaddq_s32(vpaddlq_s16(first), vpaddlq_s16(second));
}

inline Sums multiply(const uint8_t* block, uint32_t groups, const ProbePanel& panel, uint32_t p) {
    Sums sums{{vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)}};
    for (uint32_t g = 0; g < groups; ++g) {
        int32_t own;
        __builtin_memcpy(&own, panel.codes + (static_cast<uint64_t>(g) * panel.width + p) * 4, 4);
        const int8x16_t probe = vreinterpretq_s8_s32(vdupq_n_s32(own));
        __builtin_prefetch(block + g * 64 + 1024);
        for (uint32_t i = 0; i < 4; ++i) {
            const uint8x16_t rows = veorq_u8(vld1q_u8(block + g * 64 + i * 16), vdupq_n_u8(128));  // code + 128 -> code
            sums.four[i] = vaddq_s32(sums.four[i], products(vreinterpretq_s8_u8(rows), probe));
        }
    }
    return sums;
}

uint32_t scan(const CodeRun& run, const ProbePanel& panel, Found* found) {
    uint32_t count = 0;
    const uint32_t bits[4] = {1, 2, 4, 8};
    for (uint32_t b = 0; b < run.blocks; ++b) {
        if (run.open[b] == 0) continue;
        for (uint32_t p = 0; p < panel.width; ++p) {
            const Sums sums = multiply(run.codes + static_cast<uint64_t>(b) * run.groups * 64, run.groups, panel, p);
            Found& now = found[count];
            const float32x4_t spread = vdupq_n_f32(panel.error[p] * run.reach[b] + arithmetic_slack);
            uint32_t rows = 0;
            for (uint32_t i = 0; i < 4; ++i) {
                const uint64_t at = static_cast<uint64_t>(b) * block_rows + i * 4;
                const float32x4_t scale = vmulq_n_f32(vld1q_f32(run.scale + at), panel.scale[p]);
                const float32x4_t along = vmulq_n_f32(vld1q_f32(run.along + at), panel.along[p]);
                const float32x4_t approximate = vaddq_f32(along, vmulq_f32(scale, vcvtq_f32_s32(sums.four[i])));
                const float32x4_t margin = vaddq_f32(vmulq_n_f32(vld1q_f32(run.error + at), panel.length[p]), spread);
                const uint32x4_t reached = vcgeq_f32(vaddq_f32(approximate, margin), vdupq_n_f32(panel.floor[p]));
                rows |= vaddvq_u32(vandq_u32(reached, vld1q_u32(bits))) << (i * 4);
                vst1q_f32(now.approximate + i * 4, approximate);
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
    float64x2_t sums[8];
    for (uint32_t j = 0; j < 8; ++j) sums[j] = vdupq_n_f64(0);
    for (uint32_t i = 0; i < padded; i += 16) {
        for (uint32_t j = 0; j < 8; ++j) {
            const float64x2_t left = vcvt_f64_f32(vld1_f32(a + i + j * 2));
            sums[j] = vfmaq_f64(sums[j], left, vcvt_f64_f32(vld1_f32(b + i + j * 2)));
        }
    }
    for (uint32_t half = 4; half > 0; half /= 2) {
        for (uint32_t j = 0; j < half; ++j) sums[j] = vaddq_f64(sums[j], sums[j + half]);
    }
    return vgetq_lane_f64(sums[0], 0) + vgetq_lane_f64(sums[0], 1);
}

}  // namespace

const Kernel neon_kernel{"neon", scan, dot};

}  // namespace mien::gallery

#endif
