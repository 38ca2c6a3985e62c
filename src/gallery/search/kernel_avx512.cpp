#if defined(__x86_64__)
#include <immintrin.h>

#include "gallery/search/kernel.h"

// AVX-512 with VNNI: one register is four numbers of each of a block's 16 rows, so a block's inner products with a
// probe are one register that needs no sum across lanes; a batch reads each register of codes once for all its probes.
namespace mien::gallery {
namespace {

// Bytes ahead of the codes in use, for a single probe, where memory is what there is to wait for. Measured: see
// docs/search.md.
constexpr uint32_t ahead = 4096;
constexpr uint32_t ahead_measures = 512;  // of scales, errors and parts along the axis

// Looks at a block's products with one probe; writes them down when a row reaches the floor.
inline uint32_t judge(const CodeRun& run, const ProbePanel& panel, uint32_t b, uint32_t p, __m512i sums, Found* found) {
    const uint64_t at = static_cast<uint64_t>(b) * block_rows;
    const __m512 products = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, _mm512_set1_epi32(panel.shift[p])));
    const __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(run.scale + at), _mm512_set1_ps(panel.scale[p]));
    const __m512 along = _mm512_mul_ps(_mm512_set1_ps(panel.along[p]), _mm512_loadu_ps(run.along + at));
    const __m512 approximate = _mm512_add_ps(along, _mm512_mul_ps(scale, products));
    const float spread = panel.error[p] * run.reach[b] + arithmetic_slack;
    const __m512 margin = _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(panel.length[p]), _mm512_loadu_ps(run.error + at)),
                                        _mm512_set1_ps(spread));
    const __m512 upper = _mm512_add_ps(approximate, margin);
    const __mmask16 rows = _mm512_mask_cmp_ps_mask(run.open[b], upper, _mm512_set1_ps(panel.floor[p]), _CMP_GE_OQ);
    if (rows == 0) return 0;
    found->block = b;
    found->probe = static_cast<uint16_t>(p);
    found->rows = rows;
    _mm512_storeu_ps(found->approximate, approximate);
    return 1;
}

uint32_t scan_one(const CodeRun& run, const ProbePanel& panel, Found* found) {
    uint32_t count = 0;
    const uint64_t stride = static_cast<uint64_t>(run.groups) * block_rows * 4;
    const int8_t* probe = panel.codes;
    for (uint32_t b = 0; b < run.blocks; ++b) {
        if (run.open[b] == 0) continue;
        const uint8_t* rows = run.codes + b * stride;
        _mm_prefetch(reinterpret_cast<const char*>(run.scale + b * block_rows) + ahead_measures, _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(run.error + b * block_rows) + ahead_measures, _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(run.along + b * block_rows) + ahead_measures, _MM_HINT_T0);
        __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                           _mm512_setzero_si512()};
        uint32_t g = 0;
        for (; g + 4 <= run.groups; g += 4) {
            for (uint32_t i = 0; i < 4; ++i) {
                const uint8_t* line = rows + (g + i) * 64;
                _mm_prefetch(reinterpret_cast<const char*>(line + ahead), _MM_HINT_T0);
                int32_t four;
                __builtin_memcpy(&four, probe + (g + i) * 4, 4);
                sums[i] = _mm512_dpbusd_epi32(sums[i], _mm512_load_si512(line), _mm512_set1_epi32(four));
            }
        }
        for (; g < run.groups; ++g) {
            int32_t four;
            __builtin_memcpy(&four, probe + g * 4, 4);
            sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_load_si512(rows + g * 64), _mm512_set1_epi32(four));
        }
        const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
        count += judge(run, panel, b, 0, sum, found + count);
    }
    return count;
}

template <uint32_t Width>
uint32_t scan_many(const CodeRun& run, const ProbePanel& panel, Found* found) {
    uint32_t count = 0;
    const uint64_t stride = static_cast<uint64_t>(run.groups) * block_rows * 4;
    for (uint32_t b = 0; b < run.blocks; ++b) {
        if (run.open[b] == 0) continue;
        const uint8_t* rows = run.codes + b * stride;
        __m512i sums[Width];
        for (uint32_t p = 0; p < Width; ++p) sums[p] = _mm512_setzero_si512();
        const int8_t* probes = panel.codes;
        for (uint32_t g = 0; g < run.groups; ++g, probes += Width * 4) {
            const __m512i line = _mm512_load_si512(rows + g * 64);
#pragma GCC unroll 16
            for (uint32_t p = 0; p < Width; ++p) {
                int32_t four;
                __builtin_memcpy(&four, probes + p * 4, 4);
                sums[p] = _mm512_dpbusd_epi32(sums[p], line, _mm512_set1_epi32(four));
            }
        }
#pragma GCC unroll 16
        for (uint32_t p = 0; p < Width; ++p) count += judge(run, panel, b, p, sums[p], found + count);
    }
    return count;
}

uint32_t scan(const CodeRun& run, const ProbePanel& panel, Found* found) {
    switch (panel.width) {
        case 1:
            return scan_one(run, panel, found);
        case 2:
            return scan_many<2>(run, panel, found);
        case 4:
            return scan_many<4>(run, panel, found);
        case 8:
            return scan_many<8>(run, panel, found);
        default:
            return scan_many<16>(run, panel, found);
    }
}

double dot(const float* a, const float* b, uint32_t padded) {
    __m512d low = _mm512_setzero_pd();
    __m512d high = _mm512_setzero_pd();
    for (uint32_t i = 0; i < padded; i += 16) {
        low = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm256_loadu_ps(a + i)), _mm512_cvtps_pd(_mm256_loadu_ps(b + i)), low);
        high = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm256_loadu_ps(a + i + 8)), _mm512_cvtps_pd(_mm256_loadu_ps(b + i + 8)),
                               high);
    }
    const __m512d eight = _mm512_add_pd(low, high);
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

}  // namespace

const Kernel avx512_kernel{"avx512-vnni", scan, dot};

}  // namespace mien::gallery

#endif
