#include "statistics/resampling.h"

#include <algorithm>

namespace mien::statistics {

std::vector<double> drawn_times(std::size_t count, std::mt19937_64& random) {
    std::vector<double> times(count);
    if (count == 0) return times;
    std::uniform_int_distribution<std::size_t> pick(0, count - 1);
    for (std::size_t i = 0; i < count; ++i) ++times[pick(random)];
    return times;
}

Interval interval_of(double value, std::vector<double> replicates) {
    if (replicates.empty()) return {value, value, value};
    std::ranges::sort(replicates);
    const auto at = [&](double q) {
        return replicates[static_cast<std::size_t>(q * static_cast<double>(replicates.size() - 1))];
    };
    return {value, std::min(value, at(0.025)), std::max(value, at(0.975))};
}

}  // namespace mien::statistics
