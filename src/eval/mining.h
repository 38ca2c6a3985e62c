#pragma once

#include <functional>
#include <map>
#include <string>

#include "archive/mining.h"
#include "eval/pieces.h"
#include "simulate/visits.h"
#include "statistics/interval.h"

namespace mien::eval {

struct MiningRun {
    int logs = 0;
    std::size_t visits = 0;                                 // in all logs
    std::map<std::string, statistics::Interval> metrics{};  // precision and recall of each kind of finding
};

// Mines simulated logs with planted companions and regulars (simulate/visits.h), seeds `seed`, `seed` + 1, …; 95 %
// intervals by a bootstrap over logs. Precision is that of all findings at the wished q.
MiningRun run_mining(simulate::VisitLogOptions log, const archive::MiningOptions& options, int logs,
                     const OnProgress& on_progress);

}  // namespace mien::eval
