#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "statistics/interval.h"

namespace mien::statistics {

// Every bootstrap of this room begins its draws here, so that the same input gives the same interval.
inline constexpr std::uint64_t bootstrap_seed = 20240229;

// How often each of `count` is among `count` draws with replacement.
std::vector<double> drawn_times(std::size_t count, std::mt19937_64& random);

// The value between the 2.5 % and 97.5 % quantiles of its replicates, widened to hold the value itself; without
// replicates only the value.
Interval interval_of(double value, std::vector<double> replicates);

}  // namespace mien::statistics
