#include "archive/mining.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace mien::archive {
namespace {

using std::chrono::milliseconds;
constexpr std::int64_t day_ms = 86'400'000;

// A visit with its day and time of day taken apart, so that days can be shuffled.
struct Stay {
    std::int64_t place = 0;
    int day = 0;            // since the log's first
    std::int64_t from = 0;  // ms since midnight
    std::int64_t to = 0;
};

enum class Kind { Working, Saturday, Sunday };

struct Log {
    std::map<std::int64_t, std::vector<Stay>> of{};
    std::vector<Kind> kind{};                // of each day
    std::array<std::vector<int>, 3> days{};  // of each kind
    std::int64_t first = 0;                  // days since 1970
    std::int64_t zone = 0;                   // ms
};

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

Log log_of(std::span<const Visit> visits, const MiningOptions& options) {
    Log log;
    log.zone = milliseconds(options.zone).count();
    if (visits.empty()) return log;
    const auto local = [&](auto time) { return time.time_since_epoch().count() + log.zone; };
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    log.first = std::numeric_limits<std::int64_t>::max();
    for (const Visit& visit : visits) {
        log.first = std::min(log.first, floor_div(local(visit.from), day_ms));
        last = std::max(last, floor_div(local(visit.from), day_ms));
    }
    for (std::int64_t day = log.first; day <= last; ++day) {
        const std::int64_t weekday = ((day + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday; 0 is Sunday
        const Kind kind = weekday == 0 ? Kind::Sunday : weekday == 6 ? Kind::Saturday : Kind::Working;
        log.days.at(static_cast<std::size_t>(kind)).push_back(static_cast<int>(log.kind.size()));
        log.kind.push_back(kind);
    }
    for (const Visit& visit : visits) {
        const std::int64_t day = floor_div(local(visit.from), day_ms);
        const std::int64_t start = local(visit.from) - day * day_ms;
        log.of[visit.person].push_back({visit.place, static_cast<int>(day - log.first), start,
                                        start + std::max<std::int64_t>((visit.to - visit.from).count(), 0)});
    }
    return log;
}

// A shuffle of the days within each kind.
class DayShuffle {
public:
    explicit DayShuffle(const Log& log) : log_(log), to_(log.kind.size()) {}

    const std::vector<int>& next(std::mt19937_64& random) {
        for (const std::vector<int>& days : log_.days) {
            shuffled_ = days;
            for (std::size_t i = shuffled_.size(); i > 1; --i) std::swap(shuffled_[i - 1], shuffled_[random() % i]);
            for (std::size_t i = 0; i < days.size(); ++i) to_[static_cast<std::size_t>(days[i])] = shuffled_[i];
        }
        return to_;
    }

private:
    const Log& log_;
    std::vector<int> to_;
    std::vector<int> shuffled_{};
};

bool meet(const Stay& a, const Stay& b, std::int64_t together) {
    return a.place == b.place && a.from <= b.to + together && b.from <= a.to + together;
}

// Days on which two people meet, the second one's moved.
int days_together(std::span<const Stay> a, std::span<const Stay> b, const std::vector<int>* moved,
                  std::int64_t together) {
    std::set<int> days;
    for (const Stay& one : a) {
        for (const Stay& two : b) {
            const int day = moved == nullptr ? two.day : (*moved)[static_cast<std::size_t>(two.day)];
            if (day == one.day && meet(one, two, together)) days.insert(day);
        }
    }
    return static_cast<int>(days.size());
}

// The mean of days_together over all shuffles, a day with several possible meetings counted for each.
double expected_days(std::span<const Stay> a, std::span<const Stay> b, const Log& log, std::int64_t together) {
    double sum = 0;
    for (const Stay& one : a) {
        const Kind kind = log.kind[static_cast<std::size_t>(one.day)];
        const auto days = static_cast<double>(log.days.at(static_cast<std::size_t>(kind)).size());
        for (const Stay& two : b)
            if (log.kind[static_cast<std::size_t>(two.day)] == kind && meet(one, two, together)) sum += 1 / days;
    }
    return sum;
}

// -log of the chance that a Poisson variable of this mean reaches `count`: how striking a pair is.
double surprise(int count, double mean) {
    mean = std::max(mean, 1e-6);
    double term = -mean + count * std::log(mean) - std::lgamma(count + 1.0);
    double sum = 1;
    double ratio = 1;
    for (int i = count + 1; i < count + 200; ++i) {
        ratio *= mean / i;
        sum += ratio;
        if (ratio < 1e-12 * sum) break;
    }
    return -(term + std::log(sum));
}

struct Pair {
    std::int64_t a = 0;
    std::int64_t b = 0;
    int days = 0;
    double expected = 0;
    double score = 0;
};

// All pairs that meet on enough days. `moved` gives each person's shuffled days, or is empty.
std::vector<Pair> pairs_of(const Log& log, const std::map<std::int64_t, std::vector<int>>& moved,
                           const MiningOptions& options) {
    struct Here {
        std::int64_t person = 0;
        const Stay* stay = nullptr;
    };
    const std::int64_t together = options.together.count();
    std::map<std::pair<std::int64_t, int>, std::vector<Here>> at;  // place and day
    for (const auto& [person, stays] : log.of) {
        const auto own = moved.find(person);
        for (const Stay& stay : stays) {
            const int day = own == moved.end() ? stay.day : own->second[static_cast<std::size_t>(stay.day)];
            at[{stay.place, day}].push_back({person, &stay});
        }
    }
    std::map<std::pair<std::int64_t, std::int64_t>, std::set<int>> met;
    for (auto& [where, here] : at) {
        std::ranges::sort(here, {}, [](const Here& one) { return one.stay->from; });
        std::vector<Here> open;  // who may still be met
        for (const Here& one : here) {
            std::erase_if(open, [&](const Here& other) { return other.stay->to + together < one.stay->from; });
            for (const Here& other : open)
                if (other.person != one.person) met[std::minmax(other.person, one.person)].insert(where.second);
            open.push_back(one);
        }
    }
    std::vector<Pair> pairs;
    for (const auto& [who, days] : met) {
        if (static_cast<int>(days.size()) < options.least_days) continue;
        Pair pair{who.first, who.second, static_cast<int>(days.size()), 0, 0};
        pair.expected = expected_days(log.of.at(who.first), log.of.at(who.second), log, together);
        pair.score = surprise(pair.days, pair.expected);
        pairs.push_back(pair);
    }
    std::ranges::sort(pairs, std::greater{}, &Pair::score);
    return pairs;
}

// Benjamini and Hochberg (1995) over `tests` p-values, of which the greater ones may be left out.
template <class Finding>
void set_q(std::vector<Finding>& findings, std::size_t tests) {
    std::ranges::stable_sort(findings, {}, &Finding::p);
    double least = 1;
    for (std::size_t i = findings.size(); i-- > 0;) {
        least = std::min(least, findings[i].p * static_cast<double>(tests) / static_cast<double>(i + 1));
        findings[i].q = least;
    }
}

}  // namespace

std::vector<Companions> companions(std::span<const Visit> visits, const MiningOptions& options) {
    const Log log = log_of(visits, options);
    const std::vector<Pair> real = pairs_of(log, {}, options);
    if (real.empty()) return {};
    std::mt19937_64 random(options.seed);
    DayShuffle shuffle(log);
    std::vector<double> by_chance;
    for (int i = 0; i < options.shuffled_logs; ++i) {
        std::map<std::int64_t, std::vector<int>> moved;
        for (const auto& [person, stays] : log.of) moved.emplace(person, shuffle.next(random));
        for (const Pair& pair : pairs_of(log, moved, options)) by_chance.push_back(pair.score);
    }
    std::ranges::sort(by_chance, std::greater{});
    std::vector<Companions> found;
    for (const Pair& pair : real) found.push_back({pair.a, pair.b, pair.days, pair.expected, 1, 1});
    double least = 1;
    for (std::size_t i = real.size(); i-- > 0;) {
        const auto as_striking =
            static_cast<double>(std::ranges::upper_bound(by_chance, real[i].score, std::greater{}) - by_chance.begin());
        // One more than was counted, so that nothing is claimed beyond what the shuffled logs can show.
        const double q = (as_striking + 1) / std::max(options.shuffled_logs, 1) / static_cast<double>(i + 1);
        least = std::min(least, q);
        found[i].q = least;
    }
    std::erase_if(found, [&](const Companions& one) { return one.q > options.most_q; });
    for (Companions& one : found) {
        int as_many = 0;
        for (int i = 0; i < options.permutations; ++i) {
            const int days =
                days_together(log.of.at(one.a), log.of.at(one.b), &shuffle.next(random), options.together.count());
            if (days >= one.days) ++as_many;
        }
        one.p = (as_many + 1.0) / (options.permutations + 1.0);
    }
    return found;
}

std::vector<Regular> regulars(std::span<const Visit> visits, const MiningOptions& options) {
    const Log log = log_of(visits, options);
    const std::size_t people = log.of.size();
    std::vector<std::set<int>> days_of;
    std::vector<std::size_t> visitors(log.kind.size(), 0);
    std::vector<Regular> all;
    for (const auto& [person, stays] : log.of) {
        std::set<int> days;
        for (const Stay& stay : stays) days.insert(stay.day);
        for (const int day : days) ++visitors[static_cast<std::size_t>(day)];
        all.push_back({person, static_cast<int>(days.size()), 0, 1, 1});
    }
    if (people < 2) return {};
    // Everybody is alike under the shuffle, so one person's count over many shuffles is everybody's distribution.
    std::vector<double> chance(log.kind.size() + 1, 0.0);
    chance[0] = 1;  // of having come on so many days: each day with the share of people who came, without the others
    double expected = 0;
    for (const std::size_t came : visitors) {
        const double share = static_cast<double>(came) / static_cast<double>(people);
        expected += share;
        for (std::size_t n = chance.size() - 1; n > 0; --n) chance[n] = chance[n] * (1 - share) + chance[n - 1] * share;
        chance[0] *= 1 - share;
    }
    for (Regular& one : all) {
        one.expected = expected;
        one.p = std::min(1.0, std::accumulate(chance.begin() + one.days, chance.end(), 0.0));
    }
    std::erase_if(all, [&](const Regular& one) { return one.days < options.least_days; });
    set_q(all, people);
    std::erase_if(all, [&](const Regular& one) { return one.q > options.most_q; });
    std::ranges::stable_sort(all, std::greater{}, &Regular::days);
    return all;
}

std::vector<Present> present(std::span<const Visit> visits, std::span<const Occasion> occasions, int least,
                             const MiningOptions& options) {
    const Log log = log_of(visits, options);
    std::vector<Stay> given;
    for (const Occasion& occasion : occasions) {
        const std::int64_t from = occasion.from.time_since_epoch().count() + log.zone;
        const std::int64_t day = floor_div(from, day_ms) - log.first;
        if (day < 0 || day >= static_cast<std::int64_t>(log.kind.size())) continue;
        const std::int64_t start = from - (day + log.first) * day_ms;
        given.push_back({occasion.place, static_cast<int>(day), start, start + (occasion.to - occasion.from).count()});
    }
    const auto count = [&](std::span<const Stay> stays, const std::vector<int>* moved) {
        int there = 0;
        for (const Stay& occasion : given)
            there += std::ranges::any_of(stays, [&](const Stay& stay) {
                const int day = moved == nullptr ? stay.day : (*moved)[static_cast<std::size_t>(stay.day)];
                return day == occasion.day && meet(occasion, stay, 0);
            });
        return there;
    };
    std::mt19937_64 random(options.seed);
    DayShuffle shuffle(log);
    std::vector<Present> found;
    for (const auto& [person, stays] : log.of) {
        Present one{person, count(stays, nullptr), 0, 1, 1};
        if (one.of < std::max(least, 1)) continue;
        int as_many = 0;
        for (int i = 0; i < options.permutations; ++i) {
            const int there = count(stays, &shuffle.next(random));
            one.expected += static_cast<double>(there) / options.permutations;
            as_many += there >= one.of;
        }
        one.p = (as_many + 1.0) / (options.permutations + 1.0);
        found.push_back(one);
    }
    set_q(found, log.of.size());
    std::ranges::stable_sort(found, [](const Present& a, const Present& b) { return a.of > b.of; });
    return found;
}

}  // namespace mien::archive
