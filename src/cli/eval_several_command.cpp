#include <cstdio>

#include "base/file.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "eval/identification.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::string calibration{};
    std::vector<std::string> folds{};
    TemplateChoice made{};
};

Result<statistics::Calibration> calibration_for(const Options& options, const Maker& maker) {
    if (options.calibration.empty()) return pipeline::shipped_calibration(maker);
    MIEN_LET(bytes, read_file(options.calibration));
    MIEN_LET(calibration, pipeline::read_calibration(bytes));
    if (calibration.maker != pipeline::calibration_name(maker))
        return Error{Fault::BadInput, options.calibration + " is for " + calibration.maker + ", the templates are of " +
                                          pipeline::calibration_name(maker)};
    return calibration;
}

void print(const eval::IdentificationRun& run, const statistics::Calibration& calibration, const Options& options) {
    if (options.json) {
        Json rows = Json::array();
        for (const auto& row : run.rows) {
            rows.push_back({{"pictures", row.pictures},
                            {"claimed_fmr", row.claimed},
                            {"fmr", json_of(row.fmr)},
                            {"fnmr", json_of(row.fnmr)},
                            {"references", row.references},
                            {"probes", row.probes}});
        }
        print_json({{"evaluation", "several-pictures"},
                    {"data", options.data_name},
                    {"maker", calibration.maker},
                    {"calibrated_on", calibration.data},
                    {"subjects", run.subjects},
                    {"failures", run.failures.size()},
                    {"interval", "95 %, bootstrap over subjects"},
                    {"rows", rows}});
        return;
    }
    std::printf("%s: %zu subjects; %s, calibrated on %s; %zu pictures not acquired\n", options.data_name.c_str(),
                run.subjects, calibration.maker.c_str(), calibration.data.c_str(), run.failures.size());
    std::printf("  %8s %10s %8s %8s  %-28s %s\n", "pictures", "references", "probes", "claimed", "false match rate %",
                "false non-match rate %");
    for (const auto& row : run.rows) {
        std::printf("  %8zu %10zu %8zu %8.3f  %6.3f (%.3f to %.3f)       %6.2f (%.2f to %.2f)\n", row.pictures,
                    row.references, row.probes, row.claimed * 100, row.fmr.value * 100, row.fmr.low * 100,
                    row.fmr.high * 100, row.fnmr.value * 100, row.fnmr.low * 100, row.fnmr.high * 100);
    }
}

Result<int> identification(Options options) {
    name_data(options, NamedBy::Folder);
    MIEN_LET(pairs, read_pairs(options, eval::Scores::None));
    MIEN_TRY(eval::keep_folds(pairs, options.folds));
    MIEN_LET(faces, open_faces(options, options.made.open()));
    MIEN_LET(calibration, calibration_for(options, faces.maker()));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(run, eval::run_identification(faces, pairs, calibration,
                                           {std::filesystem::path(options.data).parent_path(), workers_of(options),
                                            shown_on(bar, "samples")}));
    print(run, calibration, options);
    return done;
}

}  // namespace

void add_eval_several(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app =
        eval.add_subcommand("several-pictures", "Whether claimed rates hold for subjects known by several pictures");
    app->add_option("--pairs", options->data, "CSV as for face-verification; who is in which picture is read off it")
        ->required();
    app->add_option("--folds", options->folds, "Only pairs of these folds")->delimiter(',');
    app->add_option("--calibration", options->calibration,
                    "Judge this one, made by face-verification on other subjects; default: the shipped one");
    add_template_options(*app, options->made);
    add_evaluation_options(*app, *options, Offers::Workers);
    app->footer(
        "Example:\n  mien eval face-verification --pairs lfw/pairs.csv --folds 1,2 --write-calibration half.json\n  "
        "mien eval several-pictures --pairs lfw/pairs.csv --folds 3,4,5 --calibration half.json");
    run_when_chosen(*app, action, options, identification);
}

}  // namespace mien::cli
