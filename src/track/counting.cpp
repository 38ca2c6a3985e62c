#include "track/counting.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mien::track {
namespace {

constexpr std::size_t most_exact = 4096;
constexpr double tail = 0.025;
constexpr double normal_quantile = 1.959964;  // of 97.5 %

bool finite(Point p) {
    return std::isfinite(p.x) && std::isfinite(p.y);
}

double cross(Point a, Point b, Point p) {
    return (static_cast<double>(b.x) - a.x) * (static_cast<double>(p.y) - a.y) -
           (static_cast<double>(b.y) - a.y) * (static_cast<double>(p.x) - a.x);
}

int sign(double value) {
    return value > 0 ? 1 : value < 0 ? -1 : 0;
}

// P(n true) for n from 0, one event after another.
std::vector<double> distribution(std::span<const double> probabilities) {
    std::vector<double> chance{1};
    for (const double p : probabilities) {
        chance.push_back(0);
        for (std::size_t n = chance.size() - 1; n > 0; --n) chance[n] = chance[n] * (1 - p) + chance[n - 1] * p;
        chance[0] *= 1 - p;
    }
    return chance;
}

int quantile(const std::vector<double>& chance, double share) {
    double sum = 0;
    for (std::size_t n = 0; n < chance.size(); ++n) {
        sum += chance[n];
        if (sum >= share - 1e-12) return static_cast<int>(n);
    }
    return static_cast<int>(chance.size()) - 1;
}

}  // namespace

Count count_of(int value, std::span<const double> probabilities) {
    int low = value;
    int high = value;
    if (probabilities.size() <= most_exact) {
        const auto chance = distribution(probabilities);
        low = quantile(chance, tail);
        high = quantile(chance, 1 - tail);
    } else {
        double mean = 0;
        double variance = 0;
        for (const double p : probabilities) {
            mean += p;
            variance += p * (1 - p);
        }
        low = static_cast<int>(std::floor(mean - normal_quantile * std::sqrt(variance)));
        high = static_cast<int>(std::ceil(mean + normal_quantile * std::sqrt(variance)));
    }
    return {value, std::clamp(low, 0, value), std::max(high, value)};
}

Point feet_of(const Box& box) {
    return {box.x + box.width / 2, box.y + box.height};
}

Result<LineCounter> LineCounter::make(const Line& line, const LineOptions& options) {
    if (!finite(line.a) || !finite(line.b) || line.a == line.b)
        return Error{Fault::BadInput, "a line needs two different points"};
    if (!(options.margin >= 0 && options.margin <= 1))
        return Error{Fault::BadInput, "a line's margin must be 0..1, got " + std::to_string(options.margin)};
    return LineCounter(line, options);
}

double LineCounter::signed_distance(Point p) const {
    const double length =
        std::hypot(static_cast<double>(line_.b.x) - line_.a.x, static_cast<double>(line_.b.y) - line_.a.y);
    return cross(line_.a, line_.b, p) / length;
}

// The way from one side to the other meets the line between A and B: these lie on different sides of the way.
bool LineCounter::passes_segment(Point from, Point to) const {
    return sign(cross(from, to, line_.a)) * sign(cross(from, to, line_.b)) <= 0;
}

std::optional<Crossing> LineCounter::walk(Walker& walker, const TrackedRegion& region) {
    const Point feet = feet_of(region.box);
    const double distance = signed_distance(feet);
    const double margin = options_.margin * region.box.height;
    const int under = sign(distance);
    if (walker.side == 0) walker.side = under;
    if (std::abs(distance) > margin && under == walker.side) {
        walker.pending.reset();
        walker.scores = 0;
        walker.seen = 0;
    }
    walker.scores += region.score;
    ++walker.seen;
    if (under != 0 && walker.under != 0 && under != walker.under) {
        walker.pending = Crossing{region.track, region.frame, region.at, under > 0 ? Direction::In : Direction::Out, 0};
        walker.on_segment = passes_segment(walker.feet, feet);
        if (under == walker.side) walker.pending.reset();  // turned back within the margin
    }
    if (under != 0) {
        walker.under = under;
        walker.feet = feet;
    }
    walker.at = region.at;
    if (walker.pending) walker.pending->confidence = std::clamp(walker.scores / walker.seen, 0.0, 1.0);
    if (!walker.pending || std::abs(distance) <= margin || under == walker.side) return std::nullopt;
    walker.side = under;
    const Crossing crossing = *walker.pending;
    walker.pending.reset();
    walker.scores = 0;
    walker.seen = 0;
    if (!walker.on_segment) return std::nullopt;
    return crossing;
}

std::vector<Crossing> LineCounter::step(std::span<const TrackedRegion> regions) {
    std::vector<Crossing> told;
    for (const TrackedRegion& region : regions)
        if (const auto crossing = walk(walkers_[region.track], region)) told.push_back(*crossing);
    crossings_.insert(crossings_.end(), told.begin(), told.end());
    if (!regions.empty()) forget(regions.front().at);
    return told;
}

void LineCounter::forget(std::chrono::milliseconds now) {
    std::erase_if(walkers_, [&](const auto& entry) {
        const Walker& walker = entry.second;
        if (now - walker.at <= options_.forget) return false;
        if (walker.pending && walker.on_segment) vanished_.push_back(*walker.pending);
        return true;
    });
}

Count LineCounter::count(Direction direction) const {
    std::vector<double> probabilities;
    int value = 0;
    for (const Crossing& crossing : crossings_) {
        if (crossing.direction != direction) continue;
        ++value;
        probabilities.push_back(crossing.confidence);
    }
    const auto perhaps = [&](const Crossing& crossing) {
        if (crossing.direction == direction) probabilities.push_back(crossing.confidence / 2);
    };
    std::ranges::for_each(vanished_, perhaps);
    for (const auto& [track, walker] : walkers_)
        if (walker.pending && walker.on_segment) perhaps(*walker.pending);
    return count_of(value, probabilities);
}

}  // namespace mien::track
