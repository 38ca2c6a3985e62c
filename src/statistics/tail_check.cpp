#include "statistics/tail_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>

#include "statistics/identification.h"
#include "statistics/resampling.h"
#include "statistics/tail.h"

namespace mien::statistics {
namespace {

constexpr std::uint32_t draws = 20;

float of(const AllPairs& all, std::size_t i, std::size_t j) {
    if (i > j) std::swap(i, j);
    return all.similarities[i * (2 * all.subjects - i - 1) / 2 + (j - i - 1)];
}

// Searches of strangers in random galleries: the greatest similarity of each.
std::vector<Search> searches_of(const AllPairs& all, std::size_t enrolled) {
    std::vector<Search> searches;
    std::mt19937_64 random(bootstrap_seed);
    std::vector<std::size_t> order(all.subjects);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::uint32_t d = 0; d < draws; ++d) {
        std::ranges::shuffle(order, random);
        for (std::size_t p = enrolled; p < order.size(); ++p) {
            float most = 0;
            for (std::size_t r = 0; r < enrolled; ++r) most = std::max(most, of(all, order[p], order[r]));
            searches.push_back({.gallery = d, .subject = static_cast<std::uint32_t>(order[p]), .similarity = most});
        }
    }
    return searches;
}

struct Above {
    float similarity = 0;
    std::size_t a = 0;
    std::size_t b = 0;
};

// The false match rate of all pairs at a threshold, over subjects.
Interval observed_fmr(const AllPairs& all, const std::vector<Above>& above, float threshold) {
    const auto rate = [&](const std::vector<double>& times) {
        double sum = 0;
        double squares = 0;
        for (const double t : times) {
            sum += t;
            squares += t * t;
        }
        double passed = 0;
        for (const Above& pair : above)
            if (pair.similarity >= threshold) passed += times[pair.a] * times[pair.b];
        return passed / (0.5 * (sum * sum - squares));
    };
    std::vector<double> drawn;
    std::mt19937_64 random(bootstrap_seed);
    constexpr int replicates = 400;
    for (int r = 0; r < replicates; ++r) drawn.push_back(rate(drawn_times(all.subjects, random)));
    return interval_of(rate(std::vector<double>(all.subjects, 1)), std::move(drawn));
}

std::vector<Above> above_of(const AllPairs& all, float threshold) {
    std::vector<Above> above;
    std::size_t pair = 0;
    for (std::size_t i = 0; i < all.subjects; ++i)
        for (std::size_t j = i + 1; j < all.subjects; ++j, ++pair)
            if (all.similarities[pair] >= threshold) above.push_back({all.similarities[pair], i, j});
    return above;
}

}  // namespace

Result<std::vector<TailClaim>> check_tail(const AllPairs& fitted, const AllPairs& others,
                                          const TailQuestion& question) {
    MIEN_LET(tail, fit_tail(fitted.similarities, fitted.subjects));
    if (question.enrolled == 0 || question.enrolled >= std::min(fitted.subjects, others.subjects))
        return Error{Fault::BadInput, "a gallery of " + std::to_string(question.enrolled) + " leaves nobody of " +
                                          std::to_string(std::min(fitted.subjects, others.subjects)) +
                                          " subjects to be a stranger"};
    std::vector<TailClaim> claims;
    const std::vector<Above> above = above_of(others, static_cast<float>(tail.fit.start));
    for (const double fmr : question.fmrs) {
        if (fmr > tail.fit.share) continue;
        TailClaim claim{.route = TailClaim::Route::Fmr, .claimed = fmr, .refused = fmr < tail.lowest_fmr()};
        claim.threshold = static_cast<float>(tail.fit.value_for(fmr));
        claim.fitted = tail.fmr_at(claim.threshold);
        claim.observed = observed_fmr(others, above, claim.threshold);
        claims.push_back(claim);
    }
    std::vector<double> maxima;
    for (const Search& search : searches_of(fitted, question.enrolled))
        maxima.push_back(static_cast<double>(*search.similarity));
    MIEN_LET(extremes, fit_extremes(std::move(maxima)));
    const std::vector<Search> searches = searches_of(others, question.enrolled);
    const auto n = static_cast<double>(question.enrolled);
    for (const double fpir : question.fpirs) {
        const double clustered = std::min(-std::log1p(-fpir) / (tail.clustering * n), tail.fit.share);
        for (const auto& [route, threshold] :
             {std::pair{TailClaim::Route::Independent, tail.fit.value_for(tail.fmr_for(fpir, n))},
              std::pair{TailClaim::Route::Clustered, tail.fit.value_for(clustered)},
              std::pair{TailClaim::Route::Extremes, extremes.value_for(fpir)}}) {
            TailClaim claim{.route = route, .claimed = fpir, .refused = tail.fmr_for(fpir, n) < tail.lowest_fmr()};
            claim.threshold = static_cast<float>(threshold);
            if (route == TailClaim::Route::Independent) claim.fitted = tail.fpir_at(claim.threshold, n);
            claim.observed = judge_identification_at(searches, claim.threshold, 1, 400).fpir;
            claims.push_back(claim);
        }
    }
    return claims;
}

}  // namespace mien::statistics
