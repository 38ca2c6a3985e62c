#include "statistics/discard.h"

#include <algorithm>
#include <random>

namespace mien::statistics {
namespace {

constexpr int steps = 50;       // percent that are discarded at most
constexpr int area_steps = 20;  // percent that the partial area goes to

struct Group {  // trials of one quality
    double all = 0;
    double missed = 0;
};

// Lowest quality first.
std::vector<Group> groups_of(const std::vector<QualityTrial>& sorted, const std::vector<double>& weights) {
    std::vector<Group> groups;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i == 0 || sorted[i].quality != sorted[i - 1].quality) groups.emplace_back();
        groups.back().all += weights[i];
        groups.back().missed += sorted[i].missed ? weights[i] : 0;
    }
    return groups;
}

std::vector<double> curve_of(const std::vector<Group>& groups) {
    double all = 0;
    double missed = 0;
    for (const Group& group : groups) {
        all += group.all;
        missed += group.missed;
    }
    std::vector<double> fnmr;
    std::size_t next = 0;
    double gone = 0;
    double gone_missed = 0;
    for (int percent = 0; percent <= steps; ++percent) {
        const double wanted = all * percent / 100;
        while (next < groups.size() && gone + groups[next].all <= wanted) {
            gone += groups[next].all;
            gone_missed += groups[next].missed;
            ++next;
        }
        const double part = next < groups.size() && groups[next].all > 0 ? (wanted - gone) / groups[next].all : 0;
        const double left = all - wanted;
        const double left_missed = missed - gone_missed - (part > 0 ? part * groups[next].missed : 0);
        fnmr.push_back(left > 0 ? std::max(0.0, left_missed) / left : 0);
    }
    return fnmr;
}

double area_of(const std::vector<double>& fnmr) {
    double sum = (fnmr[0] + fnmr[area_steps]) / 2;
    for (std::size_t i = 1; i < area_steps; ++i) sum += fnmr[i];
    return fnmr[0] > 0 ? sum / area_steps / fnmr[0] : 1;
}

std::vector<QualityTrial> lowest_first(std::span<const QualityTrial> trials) {
    std::vector<QualityTrial> sorted(trials.begin(), trials.end());
    std::ranges::stable_sort(sorted, {}, &QualityTrial::quality);
    return sorted;
}

}  // namespace

DiscardCurve error_versus_discard(std::span<const QualityTrial> trials, int replicates) {
    const std::vector<QualityTrial> sorted = lowest_first(trials);
    const std::vector<double> once(sorted.size(), 1);
    const std::vector<double> fnmr = curve_of(groups_of(sorted, once));
    DiscardCurve result;
    for (std::size_t i = 0; i < fnmr.size(); ++i) result.points.push_back({static_cast<double>(i) / 100, fnmr[i]});

    std::uint32_t subjects = 0;
    for (const QualityTrial& trial : sorted) subjects = std::max(subjects, trial.subject + 1);
    std::mt19937_64 random(20240229);
    std::vector<double> areas;
    for (int r = 0; r < replicates && subjects > 0; ++r) {
        std::vector<double> times(subjects);
        std::uniform_int_distribution<std::uint32_t> pick(0, subjects - 1);
        for (std::uint32_t i = 0; i < subjects; ++i) ++times[pick(random)];
        std::vector<double> weights;
        for (const QualityTrial& trial : sorted) weights.push_back(times[trial.subject]);
        areas.push_back(area_of(curve_of(groups_of(sorted, weights))));
    }
    std::ranges::sort(areas);
    const double area = area_of(fnmr);
    result.area = {area, area, area};
    if (!areas.empty()) result.area = {area, areas[areas.size() / 40], areas[areas.size() - 1 - areas.size() / 40]};

    std::vector<QualityTrial> told = sorted;
    for (QualityTrial& trial : told) trial.quality = trial.missed ? 0 : 1;
    result.best_area = area_of(curve_of(groups_of(lowest_first(told), once)));
    return result;
}

}  // namespace mien::statistics
