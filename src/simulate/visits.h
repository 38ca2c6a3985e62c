#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "types/visit.h"

namespace mien::simulate {

// A log of visits over some weeks, with people planted in it who belong together or come back often, seen by a system
// that errs. Everything about it is assumed, nothing measured: it shows whether planted habits are found, not how
// people behave.
struct VisitLogOptions {
    int days = 30;
    int places = 6;
    int passers_by = 2000;  // come on a Poisson-distributed number of days, 1.5 in the mean, at times of their own
    int commuters = 150;    // come every working day to one place, within ten minutes of a time of their own
    int companions = 20;    // pairs who meet at a place on 4 to 10 days, within 30 s of each other
    int regulars = 30;      // come on 10 to 20 days
    double missed = 0.2;    // of visits that are never recognised
    double taken_for_new = 0.05;    // of visits that get a profile of their own
    double taken_for_other = 0.01;  // of visits that are put on somebody else's profile
    std::uint64_t seed = 1;
};

struct VisitLog {
    std::vector<Visit> visits{};                              // by time
    std::set<std::pair<std::int64_t, std::int64_t>> pairs{};  // planted, the smaller number first
    std::set<std::int64_t> often{};                           // planted regulars and commuters
};

// Same options, same log.
VisitLog visit_log(const VisitLogOptions& options);

}  // namespace mien::simulate
