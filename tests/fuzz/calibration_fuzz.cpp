#include <cstdlib>

#include "pipeline/calibration_file.h"

// A calibration that could be read answers every similarity with a share.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto calibration = mien::pipeline::read_calibration({data, size});
    if (!calibration) return 0;
    for (const float similarity : {0.0f, 0.3f, 0.9f, 1.0f}) {
        const double fmr = calibration->at(similarity).value;
        if (!(fmr >= 0)) std::abort();
        if (calibration->tail) {
            const double fpir = calibration->fpir_between(similarity, 1000).value;
            if (!(fpir >= 0 && fpir <= 1)) std::abort();
        }
        if (const auto misses = calibration->misses_at(similarity); misses && !(misses->value >= 0)) std::abort();
        if (!calibration->several) continue;
        const float one = mien::statistics::as_one_picture(*calibration->several, similarity, 0.1f);
        if (!(one >= 0 && one <= 1)) std::abort();
    }
    return 0;
}
