#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "statistics/interval.h"

namespace mien::statistics {

// Similarities of all pairs of some independent subjects, row by row, i < j.
struct AllPairs {
    std::span<const float> similarities{};
    std::size_t subjects = 0;
};

// A rate claimed from one part's subjects and what came of it on another's.
struct TailClaim {
    enum class Route {
        Fmr,          // of one comparison, by the tail
        Independent,  // FPIR as TailModel claims it: 1 - (1 - FMR)^N
        Clustered,    // FPIR by 1 - exp(-clustering N FMR)
        Extremes,     // FPIR by an extreme-value distribution of the maxima over N references
    };
    Route route = Route::Fmr;
    double claimed = 0;
    bool refused = false;  // TailModel would not claim it
    float threshold = 0;
    Interval fitted{};    // the claim with the fit's own 95 % interval; only of Fmr and Independent
    Interval observed{};  // on the other subjects, 95 % over subjects
};

// Fits on `fitted`, looks at `others`: FMR at `fmrs`, FPIR of galleries of `enrolled` subjects at `fpirs`. Everybody
// who is not drawn into one of 20 random galleries is a stranger to it. Same input, same output. Errors: those of
// fit_tail; BadInput when `enrolled` leaves a part without strangers.
struct TailQuestion {
    std::vector<double> fmrs{1e-3, 3e-4, 1e-4, 3e-5, 1e-5};
    std::vector<double> fpirs{5e-2, 3e-2, 1e-2, 3e-3};
    std::size_t enrolled = 100;
};
Result<std::vector<TailClaim>> check_tail(const AllPairs& fitted, const AllPairs& others, const TailQuestion& question);

}  // namespace mien::statistics
