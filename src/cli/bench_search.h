#pragma once

#include <cstddef>

#include "base/result.h"

namespace mien::cli {

enum class SearchIndex { Exact, Lists };

struct BenchSearchOptions {
    SearchIndex index = SearchIndex::Exact;
    std::size_t rows = 1'000'000;
    std::size_t dimension = 512;
    int threads = 0;  // 0: one for each core
    int rounds = 20;
    std::size_t k = 10;
    bool without_copies = false;  // no fp32 values in memory: candidates are made anew, as a store would bring them
    double share = 0.1;           // of the rows that a probe looks at; with lists only
    bool json = false;
};

// A search over synthetic vectors on this machine, beside a plain read of as many bytes as the exact one reads. Gives
// the exit code. Errors: BadInput (lists without fp32 values), Unavailable (memory).
Result<int> bench_search(const BenchSearchOptions& options);

}  // namespace mien::cli
