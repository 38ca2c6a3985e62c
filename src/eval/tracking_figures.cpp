#include <cmath>
#include <limits>
#include <numeric>

#include "eval/tracking.h"
#include "statistics/resampling.h"

namespace mien::eval {
namespace {

constexpr int replicates = 1000;
constexpr std::size_t enough_sequences = 10;

double share(double part, double whole) {
    return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

struct Hota {
    double hota = 0;
    double deta = 0;
    double assa = 0;
    double loca = 0;
};
Hota hota_of(const TrackingSums& s) {
    Hota mean;
    for (std::size_t a = 0; a < hota_thresholds; ++a) {
        const double detected = s.right[a] / std::max(1.0, s.truth + s.wrong[a]);
        const double associated = s.association[a] / std::max(1.0, s.right[a]);
        mean.deta += detected / hota_thresholds;
        mean.assa += associated / hota_thresholds;
        mean.hota += std::sqrt(detected * associated) / hota_thresholds;
        mean.loca += std::max(1e-10, s.location[a]) / std::max(1e-10, s.right[a]) / hota_thresholds;
    }
    return mean;
}

const std::vector<std::string>& figure_names() {
    static const std::vector<std::string> names{"hota",
                                                "deta",
                                                "assa",
                                                "loca",
                                                "mota",
                                                "motp",
                                                "idf1",
                                                "idp",
                                                "idr",
                                                "precision",
                                                "recall",
                                                "switches",
                                                "fragmentations",
                                                "false_positives",
                                                "misses",
                                                "mostly_tracked",
                                                "partly_tracked",
                                                "mostly_lost"};
    return names;
}

std::vector<double> figures_of(const TrackingSums& s) {
    const Hota hota = hota_of(s);
    const double misses = s.truth - s.matches;
    return {hota.hota,
            hota.deta,
            hota.assa,
            hota.loca,
            1 - share(misses + s.switches + s.false_alarms, s.truth),
            share(s.distance, s.matches),
            share(2 * s.identity, s.truth + s.found),
            share(s.identity, s.found),
            share(s.identity, s.truth),
            share(s.matches, s.matches + s.false_alarms),
            share(s.matches, s.truth),
            s.switches,
            s.fragments,
            s.false_alarms,
            misses,
            s.mostly_tracked,
            s.partly_tracked,
            s.mostly_lost};
}

TrackingSums sum_of(const std::vector<TrackingSums>& units) {
    return std::accumulate(units.begin(), units.end(), TrackingSums{},
                           [](TrackingSums sum, const TrackingSums& unit) { return sum += unit; });
}

}  // namespace

Result<TrackingRun> judge_tracking(const std::vector<MotSequence>& sequences) {
    TrackingRun run;
    run.sequences = sequences.size();
    run.drawn_by_sequence = sequences.size() >= enough_sequences;
    std::vector<TrackingSums> units;
    for (const MotSequence& sequence : sequences) {
        MIEN_LET(of_film, sum_tracking(sequence));
        run.truth_boxes += sequence.truth.size();
        run.found_boxes += sequence.found.size();
        for (const TrackingSums& unit : of_film)
            if (unit.truth > 0) ++run.identities;
        if (run.drawn_by_sequence)
            units.push_back(sum_of(of_film));
        else
            units.insert(units.end(), of_film.begin(), of_film.end());
    }
    if (run.truth_boxes == 0) return Error{Fault::BadInput, "the truth has no box of confidence 1"};
    const auto values = figures_of(sum_of(units));
    std::vector<std::vector<double>> drawn(values.size());
    std::mt19937_64 random(statistics::bootstrap_seed);
    std::uniform_int_distribution<std::size_t> pick(0, units.size() - 1);
    for (int r = 0; r < replicates; ++r) {
        TrackingSums sum;
        for (std::size_t i = 0; i < units.size(); ++i) sum += units[pick(random)];
        const auto figures = figures_of(sum);
        for (std::size_t i = 0; i < figures.size(); ++i)
            if (std::isfinite(figures[i])) drawn[i].push_back(figures[i]);
    }
    for (std::size_t i = 0; i < values.size(); ++i)
        run.figures.push_back({figure_names()[i], statistics::interval_of(values[i], std::move(drawn[i]))});
    return run;
}

}  // namespace mien::eval
