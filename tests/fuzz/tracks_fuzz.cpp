#include <cmath>
#include <cstdlib>

#include "eval/counting.h"
#include "eval/mot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mien::eval;
    for (const MotKind kind : {MotKind::Truth, MotKind::Result, MotKind::Detections}) {
        const auto boxes = read_mot({data, size}, kind);
        if (!boxes && boxes.error().message.empty()) std::abort();
        if (!boxes) continue;
        for (const MotBox& box : *boxes)
            if (box.frame < 1 || !std::isfinite(box.x + box.y + box.width + box.height)) std::abort();
    }
    const auto crossings = read_crossings({data, size});
    if (!crossings && crossings.error().message.empty()) std::abort();
    if (crossings && crossings->size() < 200) {
        const auto run = judge_counting(*crossings, *crossings, 0);
        if (!run.missed.empty() || !run.invented.empty()) std::abort();
    }
    return 0;
}
