#include <cstdio>
#include <iostream>

#include "cli/eval_commands.h"
#include "eval/tracking.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::string result{};
};

void print(const eval::TrackingRun& run, const Options& options) {
    std::cout << options.data_name << ": " << run.sequences << " sequences, " << run.identities << " identities, "
              << run.truth_boxes << " boxes of the truth, " << run.found_boxes << " of the result\n";
    for (const auto& [name, value] : run.figures)
        std::printf("  %-16s %10.4f   (95 %% interval %.4f to %.4f)\n", name.c_str(), value.value, value.low,
                    value.high);
}

Result<int> tracking(Options options) {
    name_data(options, NamedBy::File);
    MIEN_LET(sequences, eval::read_mot_sequences(options.data, options.result));
    MIEN_LET(run, eval::judge_tracking(sequences));
    if (!options.json) {
        print(run, options);
        return done;
    }
    Json metrics = Json::object();
    for (const auto& [name, value] : run.figures) metrics[name] = json_of(value);
    print_json(
        Json{{"evaluation", "tracking"},
             {"data", options.data_name},
             {"sequences", run.sequences},
             {"identities", run.identities},
             {"truth_boxes", run.truth_boxes},
             {"found_boxes", run.found_boxes},
             {"interval", run.drawn_by_sequence ? "95 %, bootstrap over sequences" : "95 %, bootstrap over identities"},
             {"metrics", std::move(metrics)}});
    return done;
}

}  // namespace

void add_eval_tracking(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand(
        "tracking", "Tracks against their truth: HOTA, MOTA, IDF1, switches, on MOTChallenge text files");
    app->add_option("truth", options->data, "gt.txt, or a folder of NAME/gt/gt.txt, NAME/gt.txt or NAME.txt")
        ->required();
    app->add_option("result", options->result,
                    "The tracks' file, or a folder of NAME.txt, NAME/NAME.txt, NAME/test.txt")
        ->required();
    add_evaluation_options(*app, *options, Offers::Plain);
    app->footer(
        "motp is the mean distance 1 - IoU of the matches: 0 is best. Rows of the truth with a confidence below 1 are "
        "left out; classes are not read.\n\nExample:\n  mien eval tracking MOT17-02/gt/gt.txt MOT17-02.txt --json");
    run_when_chosen(*app, action, options, tracking);
}

}  // namespace mien::cli
