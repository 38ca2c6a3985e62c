#include "statistics/classification.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>

#include "statistics/bootstrap.h"

namespace mien::statistics {
namespace {

using Confusion = std::vector<std::vector<std::size_t>>;

double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

Confusion count(std::span<const Decision> decisions, std::span<const std::size_t> drawn, std::size_t classes) {
    Confusion confusion(classes, std::vector<std::size_t>(classes + 1));
    for (const std::size_t i : drawn) ++confusion[decisions[i].truth][decisions[i].answer.value_or(classes)];
    return confusion;
}

double calibration_error(std::span<const Decision> decisions, std::span<const std::size_t> drawn) {
    constexpr std::size_t bins = 10;
    struct Bin {
        double right = 0;
        double confidence = 0;
    };
    std::array<Bin, bins> sums{};
    double answered = 0;
    for (const std::size_t i : drawn) {
        const Decision& d = decisions[i];
        if (!d.answer) continue;
        Bin& bin = sums.at(std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, d.confidence) * bins)));
        bin.right += *d.answer == d.truth ? 1 : 0;
        bin.confidence += d.confidence;
        ++answered;
    }
    double gap = 0;
    for (const Bin& bin : sums) gap += std::abs(bin.right - bin.confidence);
    return share(gap, answered);
}

std::vector<double> rates_of(std::span<const Decision> decisions, std::span<const std::size_t> drawn,
                             std::size_t classes) {
    const Confusion confusion = count(decisions, drawn, classes);
    double right = 0;
    double recalls = 0;
    double f1s = 0;
    double present = 0;
    for (std::size_t c = 0; c < classes; ++c) {
        const auto hits = static_cast<double>(confusion[c][c]);
        const double truth = std::accumulate(confusion[c].begin(), confusion[c].end(), 0.0);
        if (truth <= 0) continue;
        double answered = 0;
        for (const auto& row : confusion) answered += static_cast<double>(row[c]);
        ++present;
        right += hits;
        recalls += hits / truth;
        f1s += 2 * hits / (truth + answered);
    }
    return {share(right, static_cast<double>(drawn.size())), share(recalls, present), share(f1s, present),
            calibration_error(decisions, drawn)};
}

}  // namespace

ClassificationFigures judge_classification(std::span<const Decision> decisions, std::size_t classes, int replicates) {
    assert(!decisions.empty() && replicates >= 40);
    std::vector<std::size_t> drawn(decisions.size());
    std::iota(drawn.begin(), drawn.end(), std::size_t{0});
    ClassificationFigures figures;
    figures.decisions = decisions.size();
    figures.confusion = count(decisions, drawn, classes);
    const auto intervals = bootstrap(
        decisions.size(), [&](std::span<const std::size_t> of) { return rates_of(decisions, of, classes); },
        replicates);
    figures.accuracy = intervals[0];
    figures.balanced_accuracy = intervals[1];
    figures.macro_f1 = intervals[2];
    figures.calibration_error = intervals[3];
    return figures;
}

}  // namespace mien::statistics
