#include "eval/counting.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "statistics/resampling.h"
#include "track/assignment.h"

namespace mien::eval {
namespace {

using Json = nlohmann::json;
using track::Direction;

constexpr double impossible = std::numeric_limits<double>::infinity();
constexpr int replicates = 1000;
constexpr int last_frame = 1'000'000'000;

Result<int> frame_number(const Json& value, const std::string& name) {
    if (!value.is_number_integer() || value.get<double>() < 0 || value.get<double>() > last_frame)
        return Error{Fault::BadInput, name + " must be a whole number from 0, got " + value.dump()};
    return value.get<int>();
}

// Nothing for an event that is no crossing.
Result<std::optional<CountedCrossing>> crossing_of(const Json& item) {
    if (!item.is_object() || !item.contains("frame")) return std::optional<CountedCrossing>{};
    // `mien watch --events` calls it kind, of which there are others.
    const bool by_kind = !item.contains("direction") && item.contains("line") && item.contains("kind");
    if (!item.contains("direction") && !by_kind) return std::optional<CountedCrossing>{};
    const Json& direction = item.at(by_kind ? "kind" : "direction");
    CountedCrossing crossing;
    MIEN_LET(frame, frame_number(item.at("frame"), "frame"));
    crossing.frame = frame;
    if (direction == "out")
        crossing.direction = Direction::Out;
    else if (direction != "in")
        return Error{Fault::BadInput, "direction is \"in\" or \"out\", got " + direction.dump()};
    if (item.contains("tolerance_frames")) {
        MIEN_LET(tolerance, frame_number(item.at("tolerance_frames"), "tolerance_frames"));
        crossing.tolerance = tolerance;
    }
    return std::optional(crossing);
}

// The document's list, or the lines of JSON lines; nothing where it is neither.
std::optional<Json> items_of(std::string_view text) {
    Json whole = Json::parse(text, nullptr, false);
    if (whole.is_array()) return whole;
    if (whole.is_object()) {
        for (const char* name : {"crossings", "events"})
            if (whole.contains(name) && whole.at(name).is_array()) return whole.at(name);
        return whole.contains("direction") || whole.contains("kind") ? std::optional(Json::array({whole}))
                                                                     : std::nullopt;
    }
    Json lines = Json::array();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        at = end + 1;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        Json item = Json::parse(line, nullptr, false);
        if (!item.is_object()) return std::nullopt;
        lines.push_back(std::move(item));
    }
    return lines;
}

std::vector<track::Pairing> match(const std::vector<CountedCrossing>& truth,
                                  const std::vector<CountedCrossing>& counted, int tolerance) {
    track::Costs costs(truth.size(), counted.size());
    for (std::size_t t = 0; t < truth.size(); ++t) {
        for (std::size_t c = 0; c < counted.size(); ++c) {
            const int apart = std::abs(truth[t].frame - counted[c].frame);
            const bool same = truth[t].direction == counted[c].direction;
            costs.at(t, c) = same && apart <= truth[t].tolerance.value_or(tolerance) ? apart : impossible;
        }
    }
    return track::assign(costs);
}

// What one true or one invented crossing adds.
struct Unit {
    double matched = 0;
    double truth = 0;
    double counted = 0;
    double error_in = 0;
    double error_out = 0;
};

std::vector<double> rates_of(const std::vector<Unit>& units, std::span<const std::size_t> drawn) {
    Unit sum;
    for (const std::size_t i : drawn) {
        sum.matched += units[i].matched;
        sum.truth += units[i].truth;
        sum.counted += units[i].counted;
        sum.error_in += units[i].error_in;
        sum.error_out += units[i].error_out;
    }
    const auto share = [](double part, double whole) {
        return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
    };
    return {sum.error_in, sum.error_out, share(std::abs(sum.error_in) + std::abs(sum.error_out), sum.truth),
            share(sum.matched, sum.counted), share(sum.matched, sum.truth)};
}

// A draw in which a share has no whole says nothing about it.
std::vector<statistics::Interval> intervals_of(const std::vector<Unit>& units) {
    std::vector<std::size_t> drawn(units.size());
    std::iota(drawn.begin(), drawn.end(), std::size_t{0});
    const auto values = rates_of(units, drawn);
    std::vector<std::vector<double>> sampled(values.size());
    std::mt19937_64 random(statistics::bootstrap_seed);
    std::uniform_int_distribution<std::size_t> pick(0, units.size() - 1);
    for (int r = 0; r < replicates; ++r) {
        for (std::size_t& i : drawn) i = pick(random);
        const auto rates = rates_of(units, drawn);
        for (std::size_t i = 0; i < rates.size(); ++i)
            if (std::isfinite(rates[i])) sampled[i].push_back(rates[i]);
    }
    std::vector<statistics::Interval> intervals;
    for (std::size_t i = 0; i < values.size(); ++i)
        intervals.push_back(statistics::interval_of(values[i], std::move(sampled[i])));
    return intervals;
}

}  // namespace

Result<std::vector<CountedCrossing>> read_crossings(ByteView json) {
    const auto items = items_of({reinterpret_cast<const char*>(json.data()), json.size()});
    if (!items) return Error{Fault::BadInput, "neither a document with \"crossings\" nor one JSON object a line"};
    std::vector<CountedCrossing> crossings;
    for (const Json& item : *items) {
        MIEN_LET(crossing, crossing_of(item));
        if (crossing) crossings.push_back(*crossing);
    }
    return crossings;
}

CountingRun judge_counting(const std::vector<CountedCrossing>& counted, const std::vector<CountedCrossing>& truth,
                           int tolerance) {
    CountingRun run;
    std::vector<bool> found(truth.size());
    std::vector<bool> right(counted.size());
    for (const auto& [t, c] : match(truth, counted, tolerance)) found[t] = right[c] = true;
    std::vector<Unit> units;
    for (std::size_t t = 0; t < truth.size(); ++t) {
        const bool in = truth[t].direction == Direction::In;
        ++(in ? run.truth_in : run.truth_out);
        const double hit = found[t] ? 1 : 0;
        units.push_back({hit, 1, hit, in ? hit - 1 : 0, in ? 0 : hit - 1});
        if (!found[t]) run.missed.push_back(truth[t]);
    }
    for (std::size_t c = 0; c < counted.size(); ++c) {
        const bool in = counted[c].direction == Direction::In;
        ++(in ? run.counted_in : run.counted_out);
        if (right[c]) continue;
        units.push_back({0, 0, 1, in ? 1.0 : 0.0, in ? 0.0 : 1.0});
        run.invented.push_back(counted[c]);
    }
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    run.error = run.precision = run.recall = {unknown, unknown, unknown};
    if (units.empty()) return run;
    const auto rates = intervals_of(units);
    run.error_in = rates[0];
    run.error_out = rates[1];
    if (!truth.empty()) {
        run.error = rates[2];
        run.recall = rates[4];
    }
    if (!counted.empty()) run.precision = rates[3];
    return run;
}

}  // namespace mien::eval
