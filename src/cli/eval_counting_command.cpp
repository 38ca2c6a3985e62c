#include <cmath>
#include <cstdio>
#include <iostream>

#include "base/file.h"
#include "cli/eval_commands.h"
#include "eval/counting.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::string events{};
    int tolerance = 10;
};

Result<std::vector<eval::CountedCrossing>> read(const std::string& file) {
    MIEN_LET(bytes, read_file(file));
    auto crossings = eval::read_crossings(bytes);
    if (!crossings) return Error{crossings.error().fault, file + ": " + crossings.error().message};
    return crossings;
}

Json json_of_crossings(const std::vector<eval::CountedCrossing>& crossings) {
    Json list = Json::array();
    for (const eval::CountedCrossing& crossing : crossings)
        list.push_back(
            {{"frame", crossing.frame}, {"direction", crossing.direction == track::Direction::In ? "in" : "out"}});
    return list;
}

Result<int> counting(Options options) {
    name_data(options, NamedBy::File);
    MIEN_LET(counted, read(options.events));
    MIEN_LET(truth, read(options.data));
    const auto run = eval::judge_counting(counted, truth, options.tolerance);
    Json metrics{{"error_in", json_of(run.error_in)},
                 {"error_out", json_of(run.error_out)},
                 {"count_error", json_of(run.error)},
                 {"precision", json_of(run.precision)},
                 {"recall", json_of(run.recall)}};
    if (options.json) {
        print_json(Json{{"evaluation", "counting"},
                        {"data", options.data_name},
                        {"truth", {{"in", run.truth_in}, {"out", run.truth_out}}},
                        {"counted", {{"in", run.counted_in}, {"out", run.counted_out}}},
                        {"interval", "95 %, bootstrap over true and invented crossings"},
                        {"metrics", std::move(metrics)},
                        {"missed", json_of_crossings(run.missed)},
                        {"invented", json_of_crossings(run.invented)}});
        return done;
    }
    std::cout << options.data_name << ": " << run.counted_in << " in and " << run.counted_out << " out counted, "
              << run.truth_in << " and " << run.truth_out << " by hand\n";
    print_metrics(metrics, Shown::Shares);
    for (const auto& [what, list] : {std::pair{"missed", &run.missed}, std::pair{"invented", &run.invented}})
        for (const eval::CountedCrossing& crossing : *list)
            std::cout << "  " << what << ": " << (crossing.direction == track::Direction::In ? "in" : "out")
                      << " at frame " << crossing.frame << '\n';
    return done;
}

}  // namespace

void add_eval_counting(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("counting", "Crossings of a line that were counted, against a hand count");
    app->add_option("events", options->events,
                    "JSON with \"crossings\", or JSON lines: frame from 0, direction in or out")
        ->required();
    app->add_option("truth", options->data, "The hand count, likewise, with tolerance_frames if need be")->required();
    app->add_option("--tolerance", options->tolerance, "Frames, where the hand count says none")
        ->capture_default_str()
        ->check(CLI::Range(0, 100000));
    add_evaluation_options(*app, *options, Offers::Plain);
    app->footer(
        "A crossing is matched with at most one of the same direction, at most the tolerance away.\n\nExample:\n  mien "
        "eval counting events.jsonl by-hand.json");
    run_when_chosen(*app, action, options, counting);
}

}  // namespace mien::cli
