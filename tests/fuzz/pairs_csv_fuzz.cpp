#include <cstdlib>

#include "eval/pairs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using mien::eval::Scores;
    for (const Scores scores : {Scores::None, Scores::Given}) {
        const auto pairs = mien::eval::read_pairs({data, size}, scores);
        if (pairs && pairs->empty()) std::abort();
    }
    return 0;
}
