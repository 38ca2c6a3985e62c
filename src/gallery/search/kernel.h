#pragma once

#include <stdint.h>

// The loops over codes, one set for each kind of CPU. The kernel files are compiled for CPUs that this one may not be,
// so they and this header hold no inline function and no template of the standard library: the linker could keep their
// copy of one for the whole program.
namespace mien::gallery {

inline constexpr uint32_t block_rows = 16;
inline constexpr uint32_t panel_width = 16;

// Rounding in a kernel's arithmetic, see code.h.
inline constexpr float arithmetic_slack = 1.0F / 262144;

// Blocks of 16 rows, one after another. A block is groups × 16 × 4 bytes: four numbers of row 0, of row 1, …, then the
// next four; each number is its code (-127..127) + 128. scale, error and along have one float a row, reach one a block.
struct CodeRun {
    const uint8_t* codes;
    const float* scale;
    const float* error;
    const float* along;
    const float* reach;
    const uint16_t* open;  // one bit a row that may be found; a block without any is not read
    uint32_t blocks;
    uint32_t groups;  // ceil(dimension / 4)
};

// 1, 2, 4, 8 or 16 probes, interleaved: codes is [group][probe][4], wide is [group][probe]{0, 2, 1, 3}: the same
// numbers in the order in which AVX2 multiplies them.
struct ProbePanel {
    const int8_t* codes;
    const int16_t* wide;
    uint32_t width;
    int32_t shift[panel_width];  // 128 × the sum of the codes
    float scale[panel_width];
    float along[panel_width];   // the probe's part along the axis
    float length[panel_width];  // of the rest of the probe, rounded up
    float error[panel_width];   // length of what its codes leave out, rounded up
    float floor[panel_width];   // rows that are surely less similar are not reported
};

// A block in which some rows may be at least `floor` similar to a probe.
struct Found {
    uint32_t block;
    uint16_t probe;
    uint16_t rows;  // one bit a row
    float approximate[block_rows];
};

// scan: writes each (block, probe) with a row whose upper bound reaches the probe's floor, block after block; `found`
// has
//   room for blocks × width. With d the inner product of the codes as an integer, in this order, each step rounded
//   once: approximate = base + (scale_of_row × scale_of_probe) × d upper       = approximate + ((length × error_of_row)
//   + ((error × reach) + arithmetic_slack))
// dot: similarity.h's sum, before rounding to float, of two vectors padded with zeros to a multiple of 16.
struct Kernel {
    const char* name;
    uint32_t (*scan)(const CodeRun& run, const ProbePanel& panel, Found* found);
    double (*dot)(const float* a, const float* b, uint32_t padded);
};

extern const Kernel portable_kernel;
#if defined(__x86_64__)
extern const Kernel avx2_kernel;
extern const Kernel avx_vnni_kernel;
extern const Kernel avx512_kernel;
#elif defined(__aarch64__)
extern const Kernel neon_kernel;
#endif

}  // namespace mien::gallery
