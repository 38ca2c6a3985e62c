#include "statistics/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <random>

namespace mien::statistics {

std::vector<Interval> bootstrap(std::size_t units, const RatesOf& rates_of, int replicates) {
    assert(units > 0 && replicates >= 40);
    std::vector<std::size_t> drawn(units);
    std::iota(drawn.begin(), drawn.end(), std::size_t{0});
    const std::vector<double> values = rates_of(drawn);
    std::vector<std::vector<double>> sampled(values.size());
    std::mt19937_64 random(20240229);
    std::uniform_int_distribution<std::size_t> pick(0, units - 1);
    for (int r = 0; r < replicates; ++r) {
        for (std::size_t& i : drawn) i = pick(random);
        const std::vector<double> rates = rates_of(drawn);
        for (std::size_t i = 0; i < rates.size(); ++i) sampled[i].push_back(rates[i]);
    }
    std::vector<Interval> intervals;
    const std::size_t tail = static_cast<std::size_t>(replicates) / 40;
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::ranges::sort(sampled[i]);
        intervals.push_back({values[i], sampled[i][tail], sampled[i][sampled[i].size() - 1 - tail]});
    }
    return intervals;
}

}  // namespace mien::statistics
