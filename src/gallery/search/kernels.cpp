#include "gallery/search/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace mien::gallery {

#if defined(__x86_64__)
namespace {

// CPUID leaf 7, subleaf 1, EAX bit 4: a feature that Clang 16's builtin does not know by name.
bool has_avx_vnni() {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & (1u << 4)) != 0;
}

}  // namespace
#endif

std::vector<const Kernel*> usable_kernels() {
    std::vector<const Kernel*> usable;
#if defined(__x86_64__)
    // GCC and Clang look at the CPU and at whether the operating system saves its registers.
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni")) {
        usable.push_back(&avx512_kernel);
    }
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && has_avx_vnni()) usable.push_back(&avx_vnni_kernel);
    if (avx2) usable.push_back(&avx2_kernel);
#elif defined(__aarch64__)
    usable.push_back(&neon_kernel);  // part of every 64-bit ARM
#endif
    usable.push_back(&portable_kernel);
    return usable;
}

}  // namespace mien::gallery
