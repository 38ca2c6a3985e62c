#if defined(__x86_64__)
// The same text for CPUs with AVX-VNNI: the compiler's flag for this file chooses the products.
#include "gallery/search/kernel_avx2.cpp"

#endif
