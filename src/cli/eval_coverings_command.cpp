#include <iostream>

#include "base/file.h"
#include "cli/command.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "eval/covering_figures.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

struct Options {
    std::string labels{};
    std::string pictures{};
    std::string part{};
    std::string csv{};
    double at = 0.5;
    int workers = 0;
    bool json = false;
};

void print_text(const eval::CoveringRun& run, const Options& options) {
    std::cout << run.samples.size() / 4 << " pictures; 95 % intervals over subjects; drawn: on the same pictures\n";
    for (const auto& f : run.figures) {
        std::printf("%-20s %4zu with, %4zu without, %zu with it lost\n", f.name.c_str(), f.figures.yes, f.figures.no,
                    f.lost);
        for (const auto& [name, i] :
             {std::pair{"auc", f.figures.auc}, std::pair{"eer", f.figures.eer}, std::pair{"recall", f.figures.recall},
              std::pair{"false alarms", f.figures.false_alarms}})
            std::printf("  %-14s %7.4f   (%.4f to %.4f)\n", name, i.value, i.low, i.high);
    }
    std::cout << "recall and false alarms at " << options.at << '\n';
}

void print_document(const eval::CoveringRun& run, const Options& options) {
    Json metrics = Json::object();
    for (const auto& f : run.figures)
        metrics[f.name] = {{"with", f.figures.yes},
                           {"without", f.figures.no},
                           {"lost", f.lost},
                           {"auc", json_of(f.figures.auc)},
                           {"eer", json_of(f.figures.eer)},
                           {"recall", json_of(f.figures.recall)},
                           {"false_alarms", json_of(f.figures.false_alarms)}};
    print_json({{"evaluation", "coverings"},
                {"pictures", run.samples.size() / 4},
                {"threshold", options.at},
                {"interval", "95 %, bootstrap over subjects"},
                {"metrics", metrics}});
}

Status evaluate(const Options& options) {
    MIEN_LET(bytes, read_file(options.labels));
    auto labels = eval::read_covering_labels(bytes);
    if (!labels) return Error{labels.error().fault, options.labels + ": " + labels.error().message};
    if (!options.part.empty())
        std::erase_if(*labels, [&](const eval::CoveringLabel& label) { return label.part != options.part; });
    if (labels->empty()) return Error{Fault::BadInput, options.labels + " has no part named '" + options.part + "'"};
    const int workers = options.workers > 0 ? options.workers : pipeline::cores();
    MIEN_LET(faces, open_faces({.lanes = workers, .threads = 1, .mesh = pipeline::Mesh::Yes}));
    ProgressBar bar(ProgressBar::Unit::Items);
    const auto on_progress = [&bar](std::size_t now, std::size_t all) {
        bar.show("pictures", static_cast<double>(now), static_cast<double>(all));
    };
    const std::filesystem::path folder = options.pictures.empty() ? std::filesystem::path(options.labels).parent_path()
                                                                  : std::filesystem::path(options.pictures);
    MIEN_LET(run, eval::run_coverings(faces, *labels, {folder, options.at, workers, on_progress}));
    if (!options.csv.empty()) MIEN_TRY(write_file(options.csv, eval::csv_of(run)));
    options.json ? print_document(run, options) : print_text(run, options);
    return {};
}

}  // namespace

void add_eval_coverings(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("coverings", "How well glasses, masks and headwear are told from bare faces");
    app->add_option(
           "labels", options->labels,
           "CSV with columns picture, glasses (none, clear, dark, unsure), head (bare, covered, unsure), mouth "
           "(free, covered, unsure), part; one picture a subject")
        ->required();
    app->add_option("--pictures", options->pictures, "Folder of the pictures; default: the labels' own");
    app->add_option("--part", options->part, "Only lines of this part");
    app->add_option("--at", options->at, "Probability from which something counts as worn")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    app->add_option("--csv", options->csv, "Leave every face's clues and probabilities in this file");
    app->add_option("--workers", options->workers, "Pictures at the same time; 0: one for each core");
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer(
        "Every picture is measured as it is, and again with dark glasses, a mask and a cap drawn on.\n\nExample:\n  "
        "mien eval coverings labels.csv --pictures lfw/images --part report");
    app->callback([action, options] {
        *action = [options] {
            const Status good = evaluate(*options);
            return good ? done : report(good.error());
        };
    });
}

}  // namespace mien::cli
