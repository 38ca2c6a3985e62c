#include "eval/mining.h"

#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

struct Counts {
    double planted = 0;
    double found = 0;
    double right = 0;
};

double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

}  // namespace

MiningRun run_mining(simulate::VisitLogOptions log, const archive::MiningOptions& options, int logs,
                     const OnProgress& on_progress) {
    MiningRun run{.logs = logs};
    std::vector<Counts> pairs;
    std::vector<Counts> often;
    for (int i = 0; i < logs; ++i, ++log.seed) {
        const simulate::VisitLog made = simulate::visit_log(log);
        run.visits += made.visits.size();
        Counts of_pairs{.planted = static_cast<double>(made.pairs.size())};
        for (const archive::Companions& one : archive::companions(made.visits, options)) {
            ++of_pairs.found;
            of_pairs.right += made.pairs.contains({one.a, one.b});
        }
        Counts of_regulars{.planted = static_cast<double>(made.often.size())};
        for (const archive::Regular& one : archive::regulars(made.visits, options)) {
            ++of_regulars.found;
            of_regulars.right += made.often.contains(one.person);
        }
        pairs.push_back(of_pairs);
        often.push_back(of_regulars);
        on_progress(static_cast<std::size_t>(i) + 1, static_cast<std::size_t>(logs));
    }
    const auto rates = statistics::bootstrap(pairs.size(), [&](std::span<const std::size_t> drawn) {
        std::vector<double> all;
        for (const auto* counts : {&pairs, &often}) {
            Counts sum;
            for (const std::size_t i : drawn) {
                sum.planted += (*counts)[i].planted;
                sum.found += (*counts)[i].found;
                sum.right += (*counts)[i].right;
            }
            all.push_back(share(sum.right, sum.found));
            all.push_back(share(sum.right, sum.planted));
        }
        return all;
    });
    run.metrics = {{"companions_precision", rates[0]},
                   {"companions_recall", rates[1]},
                   {"regulars_precision", rates[2]},
                   {"regulars_recall", rates[3]}};
    return run;
}

}  // namespace mien::eval
