#include "statistics/separation.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <random>
#include <vector>

namespace mien::statistics {
namespace {

using Rates = std::array<double, 4>;  // in the order of SeparationFigures

// `sorted` by falling score; each sample counts as often as its subject was drawn.
Rates rates_of(std::span<const YesNoSample> sorted, const std::vector<int>& drawn, double threshold) {
    std::array<double, 2> all{};
    std::array<double, 2> above{};
    for (const YesNoSample& s : sorted) {
        const double weight = drawn[s.subject];
        all.at(s.yes ? 1 : 0) += weight;
        above.at(s.yes ? 1 : 0) += s.score >= threshold ? weight : 0;
    }
    if (all[0] <= 0 || all[1] <= 0) return {0.5, 0.5, 0, 0};
    double area = 0;
    double eer = 1;
    double gap = 2;
    std::array<double, 2> passed{};
    for (std::size_t i = 0; i < sorted.size();) {
        std::array<double, 2> tied{};
        const double score = sorted[i].score;
        for (; i < sorted.size() && sorted[i].score == score; ++i)
            tied.at(sorted[i].yes ? 1 : 0) += drawn[sorted[i].subject];
        area += tied[0] * (passed[1] + tied[1] / 2);
        passed = {passed[0] + tied[0], passed[1] + tied[1]};
        const double missed = 1 - passed[1] / all[1];
        const double alarmed = passed[0] / all[0];
        if (std::abs(missed - alarmed) >= gap) continue;
        gap = std::abs(missed - alarmed);
        eer = (missed + alarmed) / 2;
    }
    return {area / (all[0] * all[1]), eer, above[1] / all[1], above[0] / all[0]};
}

}  // namespace

SeparationFigures judge_separation(std::span<const YesNoSample> samples, double threshold, int replicates) {
    assert(replicates >= 40);
    std::vector<YesNoSample> sorted(samples.begin(), samples.end());
    std::ranges::stable_sort(sorted, std::greater{}, &YesNoSample::score);
    SeparationFigures figures;
    std::uint32_t subjects = 0;
    for (const YesNoSample& s : sorted) {
        ++(s.yes ? figures.yes : figures.no);
        subjects = std::max(subjects, s.subject + 1);
    }
    assert(figures.yes > 0 && figures.no > 0);
    const Rates values = rates_of(sorted, std::vector<int>(subjects, 1), threshold);
    std::array<std::vector<double>, 4> sampled;
    std::mt19937_64 random(20240229);
    std::uniform_int_distribution<std::size_t> pick(0, subjects - 1);
    for (int r = 0; r < replicates; ++r) {
        std::vector<int> drawn(subjects);
        for (std::uint32_t i = 0; i < subjects; ++i) ++drawn[pick(random)];
        const Rates rates = rates_of(sorted, drawn, threshold);
        for (std::size_t i = 0; i < rates.size(); ++i) sampled.at(i).push_back(rates.at(i));
    }
    const std::array into{&figures.auc, &figures.eer, &figures.recall, &figures.false_alarms};
    const auto tail = static_cast<std::size_t>(replicates) / 40;
    for (std::size_t i = 0; i < into.size(); ++i) {
        std::ranges::sort(sampled.at(i));
        *into.at(i) = {values.at(i), sampled.at(i)[tail], sampled.at(i)[sampled.at(i).size() - 1 - tail]};
    }
    return figures;
}

}  // namespace mien::statistics
