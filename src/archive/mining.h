#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "types/visit.h"

namespace mien::archive {

// Looks for people who belong together, come back often, or were at given places and times, in a log of visits. It
// compares what happened with what the same people's habits alone would give: everybody's days are shuffled (working
// days among themselves, Saturdays, Sundays), times of day stay. So two who both come at eight every day do not count
// as companions; two who come at the same minute of a varying hour do. A finding has a p-value by such permutations of
// its own and a q-value: the share of false findings to expect among those at least as striking (companions: counted in
// whole logs shuffled likewise; otherwise Benjamini and Hochberg, 1995). Pure; the same seed gives the same answer.
// Days are those of the given time zone.
struct MiningOptions {
    std::chrono::milliseconds together{60'000};  // two visits of a place are one meeting when no more lies between them
    std::chrono::minutes zone{0};                // local time less UTC
    int least_days = 3;                          // of meetings, or of visits
    int shuffled_logs = 20;                      // for companions' q-values
    int permutations = 9999;                     // for a finding's p-value
    double most_q = 0.05;                        // findings above are left out
    std::uint64_t seed = 1;
};

struct Companions {
    std::int64_t a = 0;  // a < b
    std::int64_t b = 0;
    int days = 0;         // on which they met
    double expected = 0;  // by their habits alone
    double p = 1;
    double q = 1;
};
std::vector<Companions> companions(std::span<const Visit> visits, const MiningOptions& options);

// Compared with everybody coming equally often: labels are shuffled over each day's visitors.
struct Regular {
    std::int64_t person = 0;
    int days = 0;
    double expected = 0;
    double p = 1;
    double q = 1;
};
std::vector<Regular> regulars(std::span<const Visit> visits, const MiningOptions& options);

struct Occasion {
    std::int64_t place = 0;
    std::chrono::sys_time<std::chrono::milliseconds> from{};
    std::chrono::sys_time<std::chrono::milliseconds> to{};
};
struct Present {
    std::int64_t person = 0;
    int of = 0;           // of how many of the occasions
    double expected = 0;  // by the person's habits alone
    double p = 1;
    double q = 1;
};
// Who was there on at least `least` of the occasions.
std::vector<Present> present(std::span<const Visit> visits, std::span<const Occasion> occasions, int least,
                             const MiningOptions& options);

}  // namespace mien::archive
