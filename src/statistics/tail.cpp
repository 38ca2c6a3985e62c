#include "statistics/tail.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "statistics/resampling.h"

namespace mien::statistics {
namespace {

constexpr double nearly_exponential = 1e-6;  // shapes nearer to 0 are taken as 0

struct Exceedance {
    float similarity = 0;
    std::size_t a = 0;
    std::size_t b = 0;
};

std::string text_of(double rate) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), rate, std::chars_format::general, 2).ptr;
    return {text.data(), end};
}

// Calls visit(similarity, i, j) for every pair.
template <class Visit>
void for_pairs(std::span<const float> pairs, std::size_t subjects, const Visit& visit) {
    std::size_t pair = 0;
    for (std::size_t i = 0; i < subjects; ++i)
        for (std::size_t j = i + 1; j < subjects; ++j, ++pair) visit(pairs[pair], i, j);
}

Interval interval_over(double value, const std::vector<ParetoTail>& replicates, const auto& figure) {
    std::vector<double> drawn;
    drawn.reserve(replicates.size());
    for (const ParetoTail& tail : replicates) drawn.push_back(figure(tail));
    return interval_of(value, std::move(drawn));
}

}  // namespace

double ParetoTail::rate_at(double value) const {
    const double excess = std::max(value - start, 0.0) / scale;
    if (std::abs(shape) < nearly_exponential) return share * std::exp(-excess);
    const double base = 1 + shape * excess;
    return base <= 0 ? 0 : share * std::pow(base, -1 / shape);
}

double ParetoTail::value_for(double rate) const {
    const double part = std::max(rate, 1e-300) / share;
    if (part >= 1) return start;
    if (std::abs(shape) < nearly_exponential) return start - scale * std::log(part);
    return start + scale / shape * (std::pow(part, -shape) - 1);
}

Result<ParetoTail> fit_pareto(std::vector<Excess> excesses, double start, double share) {
    std::erase_if(excesses, [](const Excess& e) { return e.weight <= 0; });
    std::ranges::sort(excesses, {}, &Excess::value);
    double all = 0;
    for (const Excess& e : excesses) all += e.weight;
    if (all < 10)
        return Error{Fault::BadInput, "a tail can't be fitted to " + text_of(all) + " values: it takes ten and more"};
    double mean = 0;
    double weighted = 0;  // E[X (1 - F(X))]
    double before = 0;
    for (const Excess& e : excesses) {
        // The mean of the positions (i - 0.35) / n that `weight` equal values take.
        const double position = (before + 0.5 * e.weight + 0.15) / all;
        mean += e.weight * e.value;
        weighted += e.weight * (1 - position) * e.value;
        before += e.weight;
    }
    mean /= all;
    weighted /= all;
    // For the exponential mean = 4 E[X (1 - F)]; X of one value would make it 2, and the scale infinite.
    const double spread = mean - 2 * weighted;
    if (!(mean > 0) || !(spread > 1e-9 * mean) || excesses.front().value == excesses.back().value)
        return Error{Fault::BadInput, "a tail can't be fitted to values that are all alike"};
    return ParetoTail{start, share, 2 - mean / spread, 2 * mean * weighted / spread};
}

double TailModel::lowest_fpir(double enrolled) const {
    return -std::expm1(enrolled * std::log1p(-lowest_fmr()));
}

double TailModel::subjects_for(double fmr) {
    return std::ceil(0.5 + std::sqrt(0.25 + 2 * least_pairs / fmr) - 1e-9);  // n (n - 1) / 2 = least_pairs / fmr
}

Interval TailModel::fmr_at(float threshold) const {
    const auto value = static_cast<double>(threshold);
    return interval_over(fit.rate_at(value), replicates, [&](const ParetoTail& t) { return t.rate_at(value); });
}

Interval TailModel::fpir_at(float threshold, double enrolled) const {
    const Interval fmr = fmr_at(threshold);
    const auto fpir = [&](double rate) { return -std::expm1(enrolled * std::log1p(-rate)); };
    return {fpir(fmr.value), fpir(fmr.low), fpir(fmr.high)};
}

double TailModel::fmr_for(double fpir, double enrolled) const {
    return -std::expm1(std::log1p(-fpir) / std::max(enrolled, 1.0));
}

Result<TailThreshold> TailModel::threshold_for_fmr(double fmr) const {
    if (!(fmr > 0 && fmr <= fit.share))
        return Error{Fault::BadInput,
                     "the tail tells false match rates up to " + text_of(fit.share) + ", not " + text_of(fmr)};
    if (fmr < lowest_fmr())
        return Error{Fault::BadInput, "a false match rate of " + text_of(fmr) + " can't be claimed: the pairs of " +
                                          std::to_string(subjects) + " subjects show no less than " +
                                          text_of(lowest_fmr()) + "; it takes " +
                                          std::to_string(std::llround(subjects_for(fmr))) + " subjects"};
    const Interval between =
        interval_over(fit.value_for(fmr), replicates, [&](const ParetoTail& t) { return t.value_for(fmr); });
    return TailThreshold{static_cast<float>(between.value), static_cast<float>(between.low),
                         static_cast<float>(between.high)};
}

Result<TailThreshold> TailModel::threshold_for_fpir(double fpir, double enrolled) const {
    if (!(fpir > 0 && fpir < 1)) return Error{Fault::BadInput, "an FPIR lies between 0 and 1, got " + text_of(fpir)};
    const double fmr = fmr_for(fpir, enrolled);
    auto threshold = threshold_for_fmr(std::min(fmr, fit.share));
    if (threshold) return threshold;
    return Error{Fault::BadInput, "an FPIR of " + text_of(fpir) + " at N = " + std::to_string(std::llround(enrolled)) +
                                      " can't be claimed: it needs a false match rate of " + text_of(fmr) +
                                      ", and the pairs of " + std::to_string(subjects) +
                                      " subjects show no less than " + text_of(lowest_fmr()) + "; it takes " +
                                      std::to_string(std::llround(subjects_for(fmr))) + " subjects, or an FPIR from " +
                                      text_of(lowest_fpir(enrolled)) + " on"};
}

Result<TailModel> fit_tail(std::span<const float> pairs, std::size_t subjects, double share, int replicates) {
    assert(pairs.size() == subjects * (subjects - 1) / 2);
    if (subjects < 100)
        return Error{Fault::BadInput, "a tail needs 100 subjects, there are " + std::to_string(subjects)};
    std::vector<float> sorted(pairs.begin(), pairs.end());
    const auto count = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size()));
    std::ranges::nth_element(sorted, sorted.begin() + count, std::greater{});
    const float start = sorted[static_cast<std::size_t>(count)];
    std::vector<Exceedance> above;
    for_pairs(pairs, subjects, [&](float similarity, std::size_t i, std::size_t j) {
        if (similarity > start) above.push_back({similarity, i, j});
    });
    const auto fit = [&](const std::vector<double>& times) -> Result<ParetoTail> {
        double sum = 0;
        double squares = 0;
        for (const double t : times) {
            sum += t;
            squares += t * t;
        }
        std::vector<Excess> excesses;
        excesses.reserve(above.size());
        double weight = 0;
        for (const Exceedance& e : above) {
            excesses.push_back(
                {static_cast<double>(e.similarity) - static_cast<double>(start), times[e.a] * times[e.b]});
            weight += excesses.back().weight;
        }
        return fit_pareto(std::move(excesses), static_cast<double>(start), weight / (0.5 * (sum * sum - squares)));
    };
    TailModel model;
    model.subjects = subjects;
    MIEN_LET(whole, fit(std::vector<double>(subjects, 1)));
    model.fit = whole;
    std::mt19937_64 random(bootstrap_seed);
    for (int r = 0; r < replicates; ++r) {
        const auto drawn = fit(drawn_times(subjects, random));
        if (drawn) model.replicates.push_back(*drawn);
    }
    // Clustering is measured where one subject in ten has a pair above (or where the tail starts, if that is higher):
    // farther out too few are left to count.
    std::vector<double> maxima = maxima_of(pairs, subjects);
    std::ranges::sort(maxima, std::greater{});
    const double at = std::max(maxima[subjects / 10], static_cast<double>(start));
    const auto probes = static_cast<double>(std::ranges::count_if(maxima, [&](double m) { return m >= at; }));
    const auto found = static_cast<double>(
        std::ranges::count_if(above, [&](const Exceedance& e) { return static_cast<double>(e.similarity) >= at; }));
    const double n = static_cast<double>(subjects);
    if (probes > 0 && probes < n && found > 0)
        model.clustering = std::clamp(-std::log1p(-probes / n) / (2 * found / n), 0.1, 1.0);
    return model;
}

double ExtremeValue::value_for(double rate) const {
    const double reduced = -std::log1p(-rate);
    if (std::abs(shape) < nearly_exponential) return location - scale * std::log(reduced);
    return location + scale / shape * (1 - std::pow(reduced, shape));
}

Result<ExtremeValue> fit_extremes(std::vector<double> maxima) {
    if (maxima.size() < 10)
        return Error{Fault::BadInput, std::to_string(maxima.size()) + " maxima are too few: it takes ten and more"};
    std::ranges::sort(maxima);
    const auto n = static_cast<double>(maxima.size());
    std::array<double, 3> moments{};
    for (std::size_t i = 0; i < maxima.size(); ++i) {
        const auto at = static_cast<double>(i);
        moments[0] += maxima[i] / n;
        moments[1] += maxima[i] * at / (n - 1) / n;
        moments[2] += maxima[i] * at * (at - 1) / ((n - 1) * (n - 2)) / n;
    }
    const double l2 = 2 * moments[1] - moments[0];
    if (!(l2 > 0)) return Error{Fault::BadInput, "maxima that are all alike have no distribution"};
    const double c = l2 / (3 * moments[2] - moments[0]) - std::log(2.0) / std::log(3.0);
    const double shape = 7.8590 * c + 2.9554 * c * c;
    if (std::abs(shape) < nearly_exponential) {
        const double scale = l2 / std::log(2.0);
        return ExtremeValue{moments[0] - 0.57721566490153286 * scale, scale, 0};
    }
    const double g = std::tgamma(1 + shape);
    const double scale = l2 * shape / (g * (1 - std::pow(2.0, -shape)));
    return ExtremeValue{moments[0] + scale * (g - 1) / shape, scale, shape};
}

std::vector<double> maxima_of(std::span<const float> pairs, std::size_t subjects) {
    std::vector<double> maxima(subjects, -1);
    for_pairs(pairs, subjects, [&](float similarity, std::size_t i, std::size_t j) {
        maxima[i] = std::max(maxima[i], static_cast<double>(similarity));
        maxima[j] = std::max(maxima[j], static_cast<double>(similarity));
    });
    return maxima;
}

}  // namespace mien::statistics
