#include "statistics/calibration.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <random>

#include "statistics/resampling.h"

namespace mien::statistics {
namespace {

constexpr std::size_t most_points = 120;
constexpr int replicates = 200;

// Thresholds at false match rates falling evenly on a logarithmic scale.
std::vector<float> thresholds_of(std::vector<float> pairs, double lowest_fmr) {
    std::ranges::sort(pairs, std::greater{});
    std::vector<float> thresholds;
    for (std::size_t i = 0; i < most_points; ++i) {
        const double fmr = std::pow(lowest_fmr, static_cast<double>(i) / (most_points - 1));
        const auto rank = static_cast<std::size_t>(fmr * static_cast<double>(pairs.size() - 1));
        if (thresholds.empty() || pairs[rank] > thresholds.back()) thresholds.push_back(pairs[rank]);
    }
    return thresholds;
}

// Share of weighted pairs at or above each threshold.
std::vector<double> rates(std::span<const float> pairs, std::size_t subjects, std::span<const float> thresholds,
                          std::span<const double> times) {
    std::vector<double> at(thresholds.size() + 1);
    double all = 0;
    std::size_t pair = 0;
    for (std::size_t i = 0; i < subjects; ++i) {
        for (std::size_t j = i + 1; j < subjects; ++j, ++pair) {
            const double weight = times[i] * times[j];
            if (weight == 0) continue;
            all += weight;
            const auto above = std::ranges::upper_bound(thresholds, pairs[pair]) - thresholds.begin();
            at[static_cast<std::size_t>(above)] += weight;
        }
    }
    std::vector<double> shares(thresholds.size());
    double sum = 0;
    for (std::size_t t = thresholds.size(); t-- > 0;) {
        sum += at[t + 1];
        shares[t] = all > 0 ? sum / all : 0;
    }
    return shares;
}

}  // namespace

FalseMatchRate Calibration::at(float similarity) const {
    if (points.empty()) return {};
    const auto above = std::ranges::upper_bound(points, similarity, {}, &Point::similarity);
    if (above == points.begin()) return {1, 1, 1, FalseMatchRate::Bound::Estimate};
    const Point& below = *(above - 1);
    const double limit = claim_limit();
    if (below.fmr <= limit) return {limit, 0, limit, FalseMatchRate::Bound::AtMost};
    if (above == points.end()) return {below.fmr, below.low, below.high, FalseMatchRate::Bound::Estimate};
    // Between two measured points the logarithm of the rate is taken as straight.
    const double part = (similarity - below.similarity) / (above->similarity - below.similarity);
    const auto between = [&](double a, double b) {
        return std::exp(std::log(std::max(a, 1e-9)) * (1 - part) + std::log(std::max(b, 1e-9)) * part);
    };
    const double fmr = between(below.fmr, above->fmr);
    if (fmr <= limit) return {limit, 0, limit, FalseMatchRate::Bound::AtMost};
    return {fmr, between(below.low, above->low), between(below.high, above->high), FalseMatchRate::Bound::Estimate};
}

Result<OperatingPoint> Calibration::threshold_for(double fmr) const {
    if (points.empty())
        return Error{Fault::Unavailable, "there is no calibration for " + maker +
                                             ": run `mien eval face-verification --write-calibration`"};
    if (!(fmr > 0 && fmr < 1))
        return Error{Fault::BadInput, "the false match rate must be between 0 and 1, got " + std::to_string(fmr)};
    if (fmr < claim_limit()) {
        return Error{Fault::BadInput,
                     "a false match rate of " + std::to_string(fmr) + " can't be claimed: the calibration on " + data +
                         " has " + std::to_string(subjects) + " independent subjects, which prove no less than " +
                         std::to_string(claim_limit())};
    }
    const auto reached = std::ranges::find_if(points, [fmr](const Point& p) { return p.fmr <= fmr; });
    const Point& point = reached == points.end() ? points.back() : *reached;
    return OperatingPoint{point.similarity, fmr, data};
}

double Calibration::expected_fnmr(float threshold) const {
    double fnmr = 0;
    for (const Point& point : points) {
        if (point.similarity <= threshold) fnmr = point.fnmr;
    }
    return fnmr;
}

Result<TailThreshold> Calibration::threshold_between(double fmr) const {
    if (!tail) return Error{Fault::Unavailable, "the calibration on " + data + " holds no tail: measure it anew"};
    if (!(fmr > 0 && fmr < 1))
        return Error{Fault::BadInput, "the false match rate must be between 0 and 1, got " + std::to_string(fmr)};
    if (fmr < tail->fit.share) return tail->threshold_for_fmr(fmr);
    // The points' own similarities; where they end before the tail starts, its start is the next one known.
    const auto reached = [&](double Point::*rate) {
        const auto found = std::ranges::find_if(points, [&](const Point& p) { return p.*rate <= fmr; });
        const auto start = static_cast<float>(tail->fit.start);
        return found == points.end() ? start : std::min(found->similarity, start);
    };
    return TailThreshold{reached(&Point::fmr), reached(&Point::low), reached(&Point::high)};
}

Result<TailThreshold> Calibration::threshold_at_n(double fpir, double enrolled) const {
    if (tail && fpir > 0 && fpir < 1 && tail->fmr_for(fpir, enrolled) >= tail->fit.share)
        return threshold_between(std::min(tail->fmr_for(fpir, enrolled), 0.999));
    if (!tail) return Error{Fault::Unavailable, "the calibration on " + data + " holds no tail: measure it anew"};
    return tail->threshold_for_fpir(fpir, enrolled);
}

Interval Calibration::fmr_between(float threshold) const {
    if (!tail || points.empty()) return {1, 0, 1};
    if (static_cast<double>(threshold) >= tail->fit.start) return tail->fmr_at(threshold);
    const auto above = std::ranges::upper_bound(points, threshold, {}, &Point::similarity);
    if (above == points.begin()) return {1, 1, 1};
    const Point& below = *(above - 1);
    return {below.fmr, below.low, below.high};
}

Interval Calibration::fpir_between(float threshold, double enrolled) const {
    const Interval fmr = fmr_between(threshold);
    if (!tail) return fmr;
    const auto fpir = [&](double rate) { return 1 - std::pow(1 - rate, enrolled); };
    return {fpir(fmr.value), fpir(fmr.low), fpir(fmr.high)};
}

std::optional<Interval> Calibration::misses_at(float threshold) const {
    if (misses.empty()) return std::nullopt;
    const auto next = std::ranges::lower_bound(misses, threshold, {}, &Miss::similarity);
    if (next == misses.end()) return Interval{1, misses.back().low, 1};
    return Interval{next->fnmr, next->low, next->high};
}

std::vector<Calibration::Miss> miss_rates(std::span<const MatedScore> mated, int rounds) {
    std::vector<MatedScore> sorted(mated.begin(), mated.end());
    std::ranges::sort(sorted, {}, &MatedScore::similarity);
    std::uint32_t subjects = 0;
    for (const MatedScore& m : sorted) subjects = std::max(subjects, m.subject + 1);
    std::vector<float> steps;
    constexpr std::size_t most = 100;
    for (std::size_t i = 0; i < most && !sorted.empty(); ++i) {
        const float at = sorted[i * (sorted.size() - 1) / (most - 1)].similarity;
        if (steps.empty() || at > steps.back()) steps.push_back(at);
    }
    const auto shares = [&](const std::vector<double>& times) {
        std::vector<double> below(steps.size());
        double sum = 0;
        std::size_t next = 0;
        for (std::size_t s = 0; s < steps.size(); ++s) {
            for (; next < sorted.size() && sorted[next].similarity < steps[s]; ++next)
                sum += times[sorted[next].subject];
            below[s] = sum;
        }
        for (; next < sorted.size(); ++next) sum += times[sorted[next].subject];
        for (double& share : below) share = sum > 0 ? share / sum : 0;
        return below;
    };
    const std::vector<double> values = shares(std::vector<double>(subjects, 1));
    std::vector<std::vector<double>> drawn(steps.size());
    std::mt19937_64 random(bootstrap_seed);
    for (int r = 0; r < rounds && !steps.empty(); ++r) {
        const std::vector<double> replicate = shares(drawn_times(subjects, random));
        for (std::size_t s = 0; s < steps.size(); ++s) drawn[s].push_back(replicate[s]);
    }
    std::vector<Calibration::Miss> misses;
    for (std::size_t s = 0; s < steps.size(); ++s) {
        const Interval i = interval_of(values[s], std::move(drawn[s]));
        misses.push_back({steps[s], i.value, i.low, i.high});
    }
    return misses;
}

ExpectedAlerts expected_alerts(const SearchLoad& load, const Interval& fpir, const Interval& fnir) {
    const auto wrong = [&](double rate) { return load.searches * (1 - load.wanted_share) * rate; };
    const auto right = [&](double rate) { return load.searches * load.wanted_share * (1 - rate); };
    const auto share = [&](double false_rate, double miss_rate) {
        const double all = wrong(false_rate) + right(miss_rate);
        return all > 0 ? right(miss_rate) / all : 0;
    };
    return {{wrong(fpir.value), wrong(fpir.low), wrong(fpir.high)},
            {right(fnir.value), right(fnir.high), right(fnir.low)},
            {share(fpir.value, fnir.value), share(fpir.high, fnir.high), share(fpir.low, fnir.low)}};
}

Calibration calibrate(std::span<const float> pairs, std::size_t subjects, std::span<const float> mated) {
    assert(pairs.size() == subjects * (subjects - 1) / 2 && subjects >= 2);
    Calibration calibration;
    calibration.subjects = subjects;
    const double lowest = 0.5 * calibration.claim_limit();
    const std::vector<float> thresholds = thresholds_of({pairs.begin(), pairs.end()}, lowest);
    const std::vector<double> fmr = rates(pairs, subjects, thresholds, std::vector<double>(subjects, 1));

    std::vector<std::vector<double>> drawn(thresholds.size());
    std::mt19937_64 random(20240229);
    std::uniform_int_distribution<std::size_t> pick(0, subjects - 1);
    for (int r = 0; r < replicates; ++r) {
        std::vector<double> times(subjects);
        for (std::size_t i = 0; i < subjects; ++i) ++times[pick(random)];
        const std::vector<double> replicate = rates(pairs, subjects, thresholds, times);
        for (std::size_t t = 0; t < thresholds.size(); ++t) drawn[t].push_back(replicate[t]);
    }
    for (std::size_t t = 0; t < thresholds.size(); ++t) {
        std::ranges::sort(drawn[t]);
        const auto below = std::ranges::count_if(mated, [&](float s) { return s < thresholds[t]; });
        const double fnmr = mated.empty() ? 0 : static_cast<double>(below) / static_cast<double>(mated.size());
        constexpr std::size_t low = replicates / 40;
        calibration.points.push_back({thresholds[t], fmr[t], std::min(fmr[t], drawn[t][low]),
                                      std::max(fmr[t], drawn[t][replicates - 1 - low]), fnmr});
    }
    return calibration;
}

}  // namespace mien::statistics
