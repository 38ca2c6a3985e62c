#if defined(__x86_64__)
#include <immintrin.h>

#include "gallery/search/kernel.h"

// AVX2: a block is two registers of eight rows for each group of four numbers. This file is compiled twice: for AVX2
// alone, and with the byte products of AVX-VNNI, which add four at once. Without them bytes are widened to 16 bits
// first, because AVX2's own byte product saturates.
namespace mien::gallery {
namespace {

constexpr uint32_t ahead = 4096;  // bytes, see kernel_avx512.cpp

inline __m256i broadcast(const void* four) {
    int32_t value;
    __builtin_memcpy(&value, four, 4);
    return _mm256_set1_epi32(value);
}

struct Sums {
    __m256i low;
    __m256i high;
};

#if defined(__AVXVNNI__)
inline void add_products(Sums& sums, __m256i low, __m256i high, const ProbePanel& panel, uint64_t at) {
    const __m256i probe = broadcast(panel.codes + at * 4);
    sums.low = _mm256_dpbusd_avx_epi32(sums.low, low, probe);
    sums.high = _mm256_dpbusd_avx_epi32(sums.high, high, probe);
}
#else
inline __m256i products(__m256i rows, __m256i even, __m256i odd) {
    const __m256i first = _mm256_madd_epi16(_mm256_and_si256(rows, _mm256_set1_epi16(255)), even);
    return _mm256_add_epi32(first, _mm256_madd_epi16(_mm256_srli_epi16(rows, 8), odd));
}

inline void add_products(Sums& sums, __m256i low, __m256i high, const ProbePanel& panel, uint64_t at) {
    const __m256i even = broadcast(panel.wide + at * 4);
    const __m256i odd = broadcast(panel.wide + at * 4 + 2);
    sums.low = _mm256_add_epi32(sums.low, products(low, even, odd));
    sums.high = _mm256_add_epi32(sums.high, products(high, even, odd));
}
#endif

struct Judged {
    __m256 approximate;
    uint32_t rows;
};

inline Judged judge_half(const CodeRun& run, const ProbePanel& panel, uint64_t at, float spread, uint32_t p,
                         __m256i sums) {
    const __m256 dots = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums, _mm256_set1_epi32(panel.shift[p])));
    const __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(run.scale + at), _mm256_set1_ps(panel.scale[p]));
    const __m256 along = _mm256_mul_ps(_mm256_set1_ps(panel.along[p]), _mm256_loadu_ps(run.along + at));
    const __m256 approximate = _mm256_add_ps(along, _mm256_mul_ps(scale, dots));
    const __m256 margin = _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(panel.length[p]), _mm256_loadu_ps(run.error + at)),
                                        _mm256_set1_ps(spread));
    const __m256 reached =
        _mm256_cmp_ps(_mm256_add_ps(approximate, margin), _mm256_set1_ps(panel.floor[p]), _CMP_GE_OQ);
    return {approximate, static_cast<uint32_t>(_mm256_movemask_ps(reached))};
}

inline uint32_t judge(const CodeRun& run, const ProbePanel& panel, uint32_t b, uint32_t p, const Sums& sums,
                      Found* found) {
    const uint64_t at = static_cast<uint64_t>(b) * block_rows;
    const float spread = panel.error[p] * run.reach[b] + arithmetic_slack;
    const Judged low = judge_half(run, panel, at, spread, p, sums.low);
    const Judged high = judge_half(run, panel, at + 8, spread, p, sums.high);
    const uint32_t rows = (low.rows | high.rows << 8) & run.open[b];
    if (rows == 0) return 0;
    found->block = b;
    found->probe = static_cast<uint16_t>(p);
    found->rows = static_cast<uint16_t>(rows);
    _mm256_storeu_ps(found->approximate, low.approximate);
    _mm256_storeu_ps(found->approximate + 8, high.approximate);
    return 1;
}

// Width probes at a time, so that their sums stay in the 16 registers; the block's codes stay in the first cache.
template <uint32_t Width>
uint32_t scan_block(const CodeRun& run, const ProbePanel& panel, uint32_t b, uint32_t first, Found* found) {
    const uint8_t* rows = run.codes + static_cast<uint64_t>(b) * run.groups * block_rows * 4;
    Sums sums[Width];
    for (uint32_t p = 0; p < Width; ++p) sums[p] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (uint32_t g = 0; g < run.groups; ++g) {
        if (first == 0) _mm_prefetch(reinterpret_cast<const char*>(rows + g * 64 + ahead), _MM_HINT_T0);
        const __m256i low = _mm256_load_si256(reinterpret_cast<const __m256i*>(rows + g * 64));
        const __m256i high = _mm256_load_si256(reinterpret_cast<const __m256i*>(rows + g * 64 + 32));
        const uint64_t at = static_cast<uint64_t>(g) * panel.width + first;
#pragma GCC unroll 4
        for (uint32_t p = 0; p < Width; ++p) add_products(sums[p], low, high, panel, at + p);
    }
    uint32_t count = 0;
    for (uint32_t p = 0; p < Width; ++p) count += judge(run, panel, b, first + p, sums[p], found + count);
    return count;
}

uint32_t scan(const CodeRun& run, const ProbePanel& panel, Found* found) {
    uint32_t count = 0;
    for (uint32_t b = 0; b < run.blocks; ++b) {
        if (run.open[b] == 0) continue;
        if (panel.width == 1) {
            count += scan_block<1>(run, panel, b, 0, found + count);
        } else if (panel.width == 2) {
            count += scan_block<2>(run, panel, b, 0, found + count);
        } else {
            for (uint32_t p = 0; p < panel.width; p += 4) count += scan_block<4>(run, panel, b, p, found + count);
        }
    }
    return count;
}

double dot(const float* a, const float* b, uint32_t padded) {
    __m256d sums[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
    for (uint32_t i = 0; i < padded; i += 16) {
        for (uint32_t j = 0; j < 4; ++j) {
            const __m256d left = _mm256_cvtps_pd(_mm_loadu_ps(a + i + j * 4));
            sums[j] = _mm256_fmadd_pd(left, _mm256_cvtps_pd(_mm_loadu_ps(b + i + j * 4)), sums[j]);
        }
    }
    const __m256d four = _mm256_add_pd(_mm256_add_pd(sums[0], sums[2]), _mm256_add_pd(sums[1], sums[3]));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

}  // namespace

#if defined(__AVXVNNI__)
const Kernel avx_vnni_kernel{"avx-vnni", scan, dot};
#else
const Kernel avx2_kernel{"avx2", scan, dot};
#endif

}  // namespace mien::gallery

#endif
