#include "statistics/identification.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <limits>
#include <random>
#include <set>

#include "statistics/resampling.h"

namespace mien::statistics {
namespace {

using Weights = std::vector<double>;
constexpr float never = -std::numeric_limits<float>::infinity();

// From the highest similarity down; what could not be acquired last.
std::vector<Search> ranked(std::span<const Search> searches) {
    std::vector<Search> sorted(searches.begin(), searches.end());
    std::ranges::stable_sort(sorted, std::greater{}, [](const Search& s) { return s.similarity.value_or(never); });
    return sorted;
}

bool found(const Search& search, std::size_t rank) {
    return search.similarity && search.rank >= 1 && search.rank <= rank;
}

// Tells `visit` the error rates with the threshold at each distinct similarity, downwards.
template <class Visit>
void walk(const std::vector<Search>& sorted, const Weights& weights, std::size_t rank, const Visit& visit) {
    double mated = 0;
    double non_mated = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) (sorted[i].mated ? mated : non_mated) += weights[i];
    if (mated <= 0 || non_mated <= 0) return;
    double hits = 0;
    double alarms = 0;
    for (std::size_t i = 0; i < sorted.size() && sorted[i].similarity; ++i) {
        if (!sorted[i].mated)
            alarms += weights[i];
        else if (found(sorted[i], rank))
            hits += weights[i];
        if (i + 1 < sorted.size() && sorted[i + 1].similarity == sorted[i].similarity) continue;
        if (!visit(IdentificationErrors{*sorted[i].similarity, alarms / non_mated, 1 - hits / mated})) return;
    }
}

// The rates at the lowest threshold with at most each FPIR; `fpirs` in any order.
std::vector<IdentificationErrors> at_fpirs(const std::vector<Search>& sorted, const Weights& weights,
                                           const IdentificationQuestion& question) {
    std::vector<IdentificationErrors> best(question.fpirs.size(), {std::numeric_limits<float>::infinity(), 0, 1});
    walk(sorted, weights, question.rank, [&](const IdentificationErrors& rates) {
        bool any = false;
        for (std::size_t i = 0; i < best.size(); ++i) {
            if (rates.fpir > question.fpirs[i]) continue;
            best[i] = rates;
            any = true;
        }
        return any;
    });
    return best;
}

std::vector<double> cumulative_matches(const std::vector<Search>& sorted, const Weights& weights, std::size_t most) {
    std::vector<double> at(most);
    double all = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (!sorted[i].mated) continue;
        all += weights[i];
        if (found(sorted[i], most)) at[sorted[i].rank - 1] += weights[i];
    }
    double sum = 0;
    for (double& share : at) {
        sum += share;
        share = all > 0 ? sum / all : 0;
    }
    return at;
}

double failures(const std::vector<Search>& sorted, const Weights& weights) {
    double all = 0;
    double failed = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        all += weights[i];
        if (!sorted[i].acquired) failed += weights[i];
    }
    return all > 0 ? failed / all : 0;
}

// What is weighed: how many subjects and galleries there are.
struct Population {
    std::uint32_t subjects = 0;
    std::uint32_t galleries = 0;

    explicit Population(std::span<const Search> searches) {
        for (const Search& s : searches) {
            subjects = std::max(subjects, s.subject + 1);
            galleries = std::max(galleries, s.gallery + 1);
        }
    }
    Weights draw(const std::vector<Search>& sorted, std::mt19937_64& random) const {
        const Weights people = drawn_times(subjects, random);
        const Weights draws = drawn_times(galleries, random);
        Weights weights(sorted.size());
        for (std::size_t i = 0; i < sorted.size(); ++i)
            weights[i] = people[sorted[i].subject] * draws[sorted[i].gallery];
        return weights;
    }
};

}  // namespace

IdentificationFigures judge_identification(std::span<const Search> searches, const IdentificationQuestion& question) {
    const std::vector<Search> sorted = ranked(searches);
    const Weights once(sorted.size(), 1);
    const std::size_t most = std::max<std::size_t>(question.most_rank, 1);
    IdentificationFigures figures;
    std::set<std::uint32_t> mated;
    std::set<std::uint32_t> non_mated;
    for (const Search& s : searches) {
        ++(s.mated ? figures.mated : figures.non_mated);
        (s.mated ? mated : non_mated).insert(s.subject);
    }
    const Population population(searches);
    figures.mated_subjects = mated.size();
    figures.non_mated_subjects = non_mated.size();
    figures.galleries = population.galleries;

    const std::vector<double> cmc = cumulative_matches(sorted, once, most);
    const std::vector<IdentificationErrors> rates = at_fpirs(sorted, once, question);
    std::vector<std::vector<double>> drawn_cmc(cmc.size());
    std::vector<std::vector<double>> drawn_fnir(rates.size());
    std::vector<double> drawn_failures;
    std::mt19937_64 random(bootstrap_seed);
    for (int r = 0; r < question.replicates; ++r) {
        const Weights weights = population.draw(sorted, random);
        const std::vector<double> matches = cumulative_matches(sorted, weights, most);
        for (std::size_t i = 0; i < cmc.size(); ++i) drawn_cmc[i].push_back(matches[i]);
        const std::vector<IdentificationErrors> errors = at_fpirs(sorted, weights, question);
        for (std::size_t i = 0; i < rates.size(); ++i) drawn_fnir[i].push_back(errors[i].fnir);
        drawn_failures.push_back(failures(sorted, weights));
    }
    for (std::size_t i = 0; i < cmc.size(); ++i) figures.cmc.push_back(interval_of(cmc[i], std::move(drawn_cmc[i])));
    for (std::size_t i = 0; i < rates.size(); ++i)
        figures.at_fpir.push_back({question.fpirs[i], interval_of(rates[i].fnir, std::move(drawn_fnir[i])),
                                   rates[i].threshold, question.fpirs[i] >= figures.claim_limit()});
    figures.failure_to_acquire = interval_of(failures(sorted, once), std::move(drawn_failures));
    return figures;
}

IdentificationAt judge_identification_at(std::span<const Search> searches, float threshold, std::size_t rank,
                                         int replicates) {
    const std::vector<Search> all(searches.begin(), searches.end());
    const auto rates = [&](const Weights& weights) {
        double mated = 0;
        double non_mated = 0;
        double hits = 0;
        double alarms = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const bool above = all[i].similarity && *all[i].similarity >= threshold;
            if (all[i].mated) {
                mated += weights[i];
                if (above && found(all[i], rank)) hits += weights[i];
            } else {
                non_mated += weights[i];
                if (above) alarms += weights[i];
            }
        }
        return std::pair{mated > 0 ? 1 - hits / mated : 0, non_mated > 0 ? alarms / non_mated : 0};
    };
    const Population population(searches);
    const auto [fnir, fpir] = rates(Weights(all.size(), 1));
    std::vector<double> fnirs;
    std::vector<double> fpirs;
    std::mt19937_64 random(bootstrap_seed);
    for (int r = 0; r < replicates && !all.empty(); ++r) {
        const auto drawn = rates(population.draw(all, random));
        fnirs.push_back(drawn.first);
        fpirs.push_back(drawn.second);
    }
    return {interval_of(fnir, std::move(fnirs)), interval_of(fpir, std::move(fpirs))};
}

Interval fnir_difference(std::span<const Search> a, std::span<const Search> b, double fpir, std::size_t rank,
                         int replicates) {
    const std::vector<Search> sorted_a = ranked(a);
    const std::vector<Search> sorted_b = ranked(b);
    const IdentificationQuestion question{.rank = rank, .fpirs = {fpir}};
    const auto difference = [&](const Weights& weights_a, const Weights& weights_b) {
        return at_fpirs(sorted_a, weights_a, question)[0].fnir - at_fpirs(sorted_b, weights_b, question)[0].fnir;
    };
    const Population population(a);
    std::vector<double> drawn;
    std::mt19937_64 random(bootstrap_seed);
    for (int r = 0; r < replicates; ++r) {
        std::mt19937_64 same = random;
        const Weights weights_a = population.draw(sorted_a, random);
        drawn.push_back(difference(weights_a, population.draw(sorted_b, same)));
    }
    return interval_of(difference(Weights(sorted_a.size(), 1), Weights(sorted_b.size(), 1)), std::move(drawn));
}

std::vector<IdentificationErrors> identification_curve(std::span<const Search> searches, std::size_t rank) {
    const std::vector<Search> sorted = ranked(searches);
    std::vector<IdentificationErrors> curve;
    walk(sorted, Weights(sorted.size(), 1), rank, [&curve](const IdentificationErrors& rates) {
        curve.push_back(rates);
        return true;
    });
    return curve;
}

}  // namespace mien::statistics
