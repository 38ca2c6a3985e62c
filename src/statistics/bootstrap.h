#pragma once

#include <functional>
#include <span>
#include <vector>

#include "statistics/interval.h"

namespace mien::statistics {

// 95 % intervals of several rates at once by the percentile bootstrap: `units` independent units (subjects, pictures)
// are drawn with replacement `replicates` times; `rates_of` gives the rates of the units drawn, always as many. The
// values are those of all units, each once. Same input, same output. Needs a unit and 40 replicates.
// Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
using RatesOf = std::function<std::vector<double>(std::span<const std::size_t> drawn)>;
std::vector<Interval> bootstrap(std::size_t units, const RatesOf& rates_of, int replicates = 1000);

}  // namespace mien::statistics
