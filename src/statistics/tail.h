#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "statistics/verification.h"

namespace mien::statistics {

// How values above `start` fall off: P(X >= x) = share (1 + shape (x - start) / scale)^(-1 / shape), the generalised
// Pareto distribution, which the far tail of almost any distribution comes to (Balkema and de Haan 1974, Pickands
// 1975). With shape below 0 nothing lies beyond start - scale / shape.
struct ParetoTail {
    double start = 0;
    double share = 0;  // P(X >= start)
    double shape = 0;
    double scale = 1;  // above 0

    double rate_at(double value) const;   // `share` at most: what lies below `start` is not its matter
    double value_for(double rate) const;  // for a rate of 0..share
};

// By probability-weighted moments (Hosking and Wallis 1987, with plotting positions (i - 0.35) / n), which are steadier
// than maximum likelihood on a few hundred values; each excess over the start counts as often as its weight says.
// Errors: BadInput for less than ten excesses of weight, or when they are all alike.
struct Excess {
    double value = 0;  // above the start, 0 or more
    double weight = 1;
};
Result<ParetoTail> fit_pareto(std::vector<Excess> excesses, double start, double share);

// A threshold with the interval that the fit's own chance leaves for it.
struct TailThreshold {
    float threshold = 0;
    float low = 0;
    float high = 0;
};

// The far tail of non-mated similarities, one template a subject, all pairs: peaks over a threshold. The pairs of one
// subject depend on one another, so the fit is repeated on subjects drawn with replacement, a pair counting as often as
// both were drawn.
//
// The false positive identification rate of a gallery of N follows as 1 - (1 - FMR)^N. Where some people look like
// many, alarms cluster and it is lower. `clustering` measures that (the extremal index of Leadbetter 1983: probes with
// an alarm for each alarm), but on lfw-dev's halves claims that used it were 1.1 to 1.2 times too low.
struct TailModel {
    ParetoTail fit{};
    std::vector<ParetoTail> replicates{};
    std::size_t subjects = 0;
    double clustering = 1;  // 0..1, measured near the tail; 1: none

    double pairs() const { return 0.5 * static_cast<double>(subjects) * (static_cast<double>(subjects) - 1); }

    // Below, claims are refused: fewer than ten pairs of these subjects reach there. On random halves of lfw-dev's
    // folds 1 and 2 the other half's rate was at this limit 1.2 times the claimed one on the average, and more than
    // twice it a decade below.
    static constexpr double least_pairs = 10;
    double lowest_fmr() const { return subjects < 2 ? 1 : least_pairs / pairs(); }
    double lowest_fpir(double enrolled) const;
    static double subjects_for(double fmr);  // how many it takes to claim it

    Interval fmr_at(float threshold) const;  // from the tail's start on; an estimate even where claims are refused
    Interval fpir_at(float threshold, double enrolled) const;
    double fmr_for(double fpir, double enrolled) const;  // of one comparison, so that the gallery has this FPIR

    // Errors: BadInput above the tail's share or below the lowest rate, with the number of subjects it would take.
    Result<TailThreshold> threshold_for_fmr(double fmr) const;
    Result<TailThreshold> threshold_for_fpir(double fpir, double enrolled) const;
};

// Chosen among 0.05, 0.02, 0.01, 0.005 and 0.002 on random halves of lfw-dev's folds 1 and 2: with the larger ones the
// other half's rate was at 1e-4 1.4 to 2 times the claimed one.
inline constexpr double tail_share = 0.005;

// `pairs`: similarities of all pairs of `subjects`, row by row, i < j. Same input, same output. Errors: BadInput for
// fewer than 100 subjects, those of fit_pareto.
Result<TailModel> fit_tail(std::span<const float> pairs, std::size_t subjects, double share = tail_share,
                           int replicates = 200);

// The generalised extreme-value distribution of maxima, by L-moments (Hosking, Wallis and Wood 1985): the other route
// to an FPIR, to compare the tail's with (docs/results.md). It is bound to the N that the maxima were taken over.
struct ExtremeValue {
    double location = 0;
    double scale = 1;
    double shape = 0;  // in Hosking's sign: above 0 the maxima are bounded

    double value_for(double rate) const;  // exceeded by this share of maxima
};
Result<ExtremeValue> fit_extremes(std::vector<double> maxima);  // Errors: BadInput for fewer than 10, or all alike

// The greatest similarity of each subject with any other; `pairs` as above.
std::vector<double> maxima_of(std::span<const float> pairs, std::size_t subjects);

}  // namespace mien::statistics
