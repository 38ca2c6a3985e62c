#include "statistics/verification.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <set>

#include "statistics/resampling.h"

namespace mien::statistics {
namespace {

using Weights = std::vector<double>;
constexpr float never = -std::numeric_limits<float>::infinity();

// Comparisons from the highest similarity down; failures last.
std::vector<Comparison> ranked(std::span<const Comparison> comparisons) {
    std::vector<Comparison> sorted(comparisons.begin(), comparisons.end());
    std::ranges::stable_sort(sorted, std::greater{}, [](const Comparison& c) { return c.similarity.value_or(never); });
    return sorted;
}

// Walks down the ranked list and tells `visit` the error rates when the threshold lies at each distinct similarity.
template <class Visit>
void walk(const std::vector<Comparison>& sorted, const Weights& weights, const Visit& visit) {
    double mated = 0;
    double non_mated = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) (sorted[i].mated ? mated : non_mated) += weights[i];
    if (mated <= 0 || non_mated <= 0) return;
    double hits = 0;
    double false_matches = 0;
    for (std::size_t i = 0; i < sorted.size() && sorted[i].similarity; ++i) {
        (sorted[i].mated ? hits : false_matches) += weights[i];
        if (i + 1 < sorted.size() && sorted[i + 1].similarity == sorted[i].similarity) continue;
        visit(ErrorRates{*sorted[i].similarity, false_matches / non_mated, 1 - hits / mated});
    }
}

double equal_error_rate(const std::vector<Comparison>& sorted, const Weights& weights) {
    double best = 1;
    double rate = 1;
    walk(sorted, weights, [&](const ErrorRates& rates) {
        const double gap = std::abs(rates.fmr - rates.fnmr);
        if (gap >= best) return;
        best = gap;
        rate = (rates.fmr + rates.fnmr) / 2;
    });
    return rate;
}

// The lowest threshold whose false match rate does not exceed `fmr`.
ErrorRates at_fmr(const std::vector<Comparison>& sorted, const Weights& weights, double fmr) {
    ErrorRates best{std::numeric_limits<float>::infinity(), 0, 1};
    walk(sorted, weights, [&](const ErrorRates& rates) {
        if (rates.fmr <= fmr) best = rates;
    });
    return best;
}

// The threshold with the fewest errors on the comparisons outside the fold.
float best_threshold_without(const std::vector<Comparison>& sorted, std::uint32_t fold) {
    double errors = 0;
    for (const Comparison& c : sorted) errors += c.fold != fold && c.mated ? 1 : 0;
    double fewest = errors;
    float best = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < sorted.size() && sorted[i].similarity; ++i) {
        if (sorted[i].fold == fold) continue;
        errors += sorted[i].mated ? -1 : 1;
        if (errors >= fewest) continue;
        fewest = errors;
        best = *sorted[i].similarity;
    }
    return best;
}

float threshold_for_fmr_without(const std::vector<Comparison>& sorted, std::uint32_t fold, double fmr) {
    Weights weights(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) weights[i] = sorted[i].fold != fold ? 1 : 0;
    return at_fmr(sorted, weights, fmr).threshold;
}

struct FoldThresholds {
    std::vector<float> accuracy{};
    std::vector<float> fmr_1e_2{};
};

double share(const std::vector<Comparison>& sorted, const Weights& weights, const auto& counts, const auto& is) {
    double all = 0;
    double found = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (!counts(sorted[i])) continue;
        all += weights[i];
        if (is(sorted[i])) found += weights[i];
    }
    return all > 0 ? found / all : 0;
}

using Figures = std::array<double, 7>;

Figures figures_of(const std::vector<Comparison>& sorted, const Weights& weights, const FoldThresholds& thresholds) {
    const auto any = [](const Comparison&) { return true; };
    const auto correct = [&](const Comparison& c) {
        return c.similarity && (*c.similarity >= thresholds.accuracy[c.fold]) == c.mated;
    };
    const auto accepted = [&](const Comparison& c) {
        return c.similarity && *c.similarity >= thresholds.fmr_1e_2[c.fold];
    };
    constexpr double percent = 1e-2;
    constexpr double per_mille = 1e-3;
    return {share(sorted, weights, any, correct),
            equal_error_rate(sorted, weights),
            at_fmr(sorted, weights, percent).fnmr,
            at_fmr(sorted, weights, per_mille).fnmr,
            share(
                sorted, weights, [](const Comparison& c) { return !c.mated; }, accepted),
            1 - share(
                    sorted, weights, [](const Comparison& c) { return c.mated; }, accepted),
            share(sorted, weights, any, [](const Comparison& c) { return !c.similarity; })};
}

std::uint32_t count_of(std::span<const Comparison> comparisons, const auto& number) {
    std::uint32_t most = 0;
    for (const Comparison& c : comparisons) most = std::max(most, number(c) + 1);
    return most;
}

Weights drawn(const std::vector<Comparison>& sorted, std::uint32_t subjects, std::mt19937_64& random) {
    const Weights times = drawn_times(subjects, random);
    Weights weights(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const Comparison& c = sorted[i];
        weights[i] = c.subject_a == c.subject_b ? times[c.subject_a] : times[c.subject_a] * times[c.subject_b];
    }
    return weights;
}

}  // namespace

VerificationFigures judge_verification(std::span<const Comparison> comparisons, int replicates) {
    const std::vector<Comparison> sorted = ranked(comparisons);
    const std::uint32_t subjects =
        count_of(comparisons, [](const Comparison& c) { return std::max(c.subject_a, c.subject_b); });
    const std::uint32_t folds = count_of(comparisons, [](const Comparison& c) { return c.fold; });
    FoldThresholds thresholds;
    for (std::uint32_t fold = 0; fold < folds; ++fold) {
        // With a single fold there is no other one: the threshold is chosen on the same data, which flatters; readers
        // are told.
        const std::uint32_t held_out = folds > 1 ? fold : folds;
        thresholds.accuracy.push_back(best_threshold_without(sorted, held_out));
        thresholds.fmr_1e_2.push_back(threshold_for_fmr_without(sorted, held_out, 1e-2));
    }
    const Figures values = figures_of(sorted, Weights(sorted.size(), 1), thresholds);
    std::array<std::vector<double>, values.size()> drawn_figures;
    std::mt19937_64 random(bootstrap_seed);
    for (int r = 0; r < replicates; ++r) {
        const Figures figures = figures_of(sorted, drawn(sorted, subjects, random), thresholds);
        for (std::size_t i = 0; i < figures.size(); ++i) drawn_figures.at(i).push_back(figures.at(i));
    }
    const auto interval = [&](std::size_t i) { return interval_of(values.at(i), std::move(drawn_figures.at(i))); };
    std::set<std::uint32_t> seen;
    for (const Comparison& c : comparisons) seen.insert({c.subject_a, c.subject_b});
    return {interval(0),
            interval(1),
            interval(2),
            interval(3),
            interval(4),
            interval(5),
            interval(6),
            comparisons.size(),
            static_cast<std::size_t>(std::ranges::count(comparisons, true, &Comparison::mated)),
            seen.size()};
}

RatesAtThreshold judge_at(std::span<const Comparison> comparisons, float threshold, int replicates) {
    const std::vector<Comparison> all(comparisons.begin(), comparisons.end());
    const std::uint32_t subjects =
        count_of(comparisons, [](const Comparison& c) { return std::max(c.subject_a, c.subject_b); });
    const auto rates = [&](const Weights& weights) {
        const auto mated = [](const Comparison& c) { return c.mated; };
        const auto non_mated = [](const Comparison& c) { return !c.mated; };
        const auto any = [](const Comparison&) { return true; };
        const auto accepted = [&](const Comparison& c) { return c.similarity && *c.similarity >= threshold; };
        return std::array{share(all, weights, mated, std::not_fn(accepted)), share(all, weights, non_mated, accepted),
                          share(all, weights, any, [](const Comparison& c) { return !c.similarity; })};
    };
    const auto values = rates(Weights(all.size(), 1));
    std::array<std::vector<double>, values.size()> drawn_rates;
    std::mt19937_64 random(bootstrap_seed);
    for (int r = 0; r < replicates && subjects > 0; ++r) {
        const auto rate = rates(drawn(all, subjects, random));
        for (std::size_t i = 0; i < rate.size(); ++i) drawn_rates.at(i).push_back(rate.at(i));
    }
    const auto interval = [&](std::size_t i) { return interval_of(values.at(i), std::move(drawn_rates.at(i))); };
    const auto mated = static_cast<std::size_t>(std::ranges::count(all, true, &Comparison::mated));
    return {interval(0), interval(1), interval(2), mated, all.size() - mated};
}

std::vector<ErrorRates> error_curve(std::span<const Comparison> comparisons) {
    const std::vector<Comparison> sorted = ranked(comparisons);
    std::vector<ErrorRates> curve;
    walk(sorted, Weights(sorted.size(), 1), [&curve](const ErrorRates& rates) { curve.push_back(rates); });
    return curve;
}

}  // namespace mien::statistics
