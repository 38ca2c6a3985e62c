#pragma once

#include <cstddef>

#include "base/result.h"

namespace mien::cli {

struct BenchSearchOptions {
    std::size_t rows = 1'000'000;
    std::size_t dimension = 512;
    int threads = 0;  // 0: one for each core
    int rounds = 20;
    std::size_t k = 10;
    bool without_copies = false;  // no fp32 values in memory: candidates are made anew, as a store would bring them
    bool json = false;
};

// The exact search over synthetic vectors on this machine, beside a plain read of as many bytes. Gives the exit code.
Result<int> bench_search(const BenchSearchOptions& options);

}  // namespace mien::cli
