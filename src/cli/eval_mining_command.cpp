#include <cstdio>

#include "cli/eval_commands.h"
#include "eval/mining.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    simulate::VisitLogOptions log{};
    archive::MiningOptions mining{};
    int logs = 20;
};

Result<int> mining(Options options) {
    if (options.logs < 1)
        return Error{Fault::BadInput, "--logs must be 1 or more, got " + std::to_string(options.logs)};
    ProgressBar bar(ProgressBar::Unit::Items);
    const auto run = eval::run_mining(options.log, options.mining, options.logs, shown_on(bar, "logs"));
    Json metrics;
    for (const auto& [name, interval] : run.metrics) metrics[name] = json_of(interval);
    if (options.json) {
        print_json({{"evaluation", "mining"},
                    {"data", "simulated visits"},
                    {"simulated", true},
                    {"logs", run.logs},
                    {"visits", run.visits},
                    {"most_q", options.mining.most_q},
                    {"interval", "95 %, bootstrap over logs"},
                    {"metrics", metrics}});
        return done;
    }
    std::printf("simulated: %d logs of %d days, %zu visits; findings with q up to %.3g\n", run.logs, options.log.days,
                run.visits, options.mining.most_q);
    print_metrics(metrics, Shown::Percent);
    return done;
}

}  // namespace

void add_eval_mining(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand(
        "mining",
        "Whether planted companions and regulars are found in simulated logs of visits (nothing real in them)");
    app->add_option("--logs", options->logs, "How many logs")->capture_default_str();
    app->add_option("--seed", options->log.seed, "Of the first log")->capture_default_str();
    app->add_option("--days", options->log.days, "Days a log covers")->capture_default_str()->check(CLI::Range(7, 366));
    app->add_option("--missed", options->log.missed, "Share of visits that are not recognised")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 0.9));
    app->add_option("--q", options->mining.most_q, "Share of false findings accepted")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    add_evaluation_options(*app, *options, Offers::Plain);
    app->footer("Example:\n  mien eval mining --logs 20 --json");
    run_when_chosen(*app, action, options, mining);
}

}  // namespace mien::cli
