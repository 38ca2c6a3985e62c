#include <cstdio>
#include <iostream>

#include "base/file.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "eval/report.h"
#include "eval/verification.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::string scores_out{};
    std::string calibration_out{};
    std::vector<std::string> folds{};
    TemplateChoice made{};
};

Json metrics_of(const statistics::VerificationFigures& f) {
    return {{"accuracy", json_of(f.accuracy)},
            {"eer", json_of(f.eer)},
            {"fnmr_at_fmr_1e-2", json_of(f.fnmr_at_fmr_1e_2)},
            {"fnmr_at_fmr_1e-3", json_of(f.fnmr_at_fmr_1e_3)},
            {"held_out_fmr_at_1e-2", json_of(f.held_out_fmr_1e_2)},
            {"held_out_fnmr_at_1e-2", json_of(f.held_out_fnmr_1e_2)},
            {"failure_to_acquire", json_of(f.failure_to_acquire)}};
}

std::string csv_of(const eval::VerificationRun& run) {
    std::string csv = "a,b,mated,fold,subject_a,subject_b,score\n";
    for (const auto& p : run.pairs)
        csv += p.a + "," + p.b + "," + (p.mated ? "1," : "0,") + p.fold + "," + p.subject_a + "," + p.subject_b + "," +
               p.score + "\n";
    return csv;
}

Status print(const eval::VerificationRun& run, const Options& options) {
    const auto& f = run.figures;
    if (!options.scores_out.empty()) MIEN_TRY(write_file(options.scores_out, csv_of(run)));
    if (!options.calibration_out.empty() && run.calibration)
        MIEN_TRY(write_file(options.calibration_out, pipeline::to_json(*run.calibration)));
    MIEN_TRY(leave_report(options, [&] { return eval::verification_page(run, options.data_name); }));
    const Json metrics = metrics_of(f);
    if (options.json) {
        Json failures = Json::array();
        for (const auto& failure : run.failures) failures.push_back({{"file", failure.file}, {"why", failure.why}});
        print_json({{"evaluation", "face-verification"},
                    {"data", options.data_name},
                    {"maker", run.maker},
                    {"comparisons", f.comparisons},
                    {"mated", f.mated},
                    {"subjects", f.subjects},
                    {"samples", run.samples},
                    {"interval", "95 %, bootstrap over subjects"},
                    {"metrics", metrics},
                    {"failures", failures}});
        return {};
    }
    std::cout << options.data_name << ": " << f.comparisons << " comparisons, " << f.mated << " of them mated, "
              << f.subjects << " subjects; " << run.maker << '\n';
    print_metrics(metrics, Shown::Percent);
    for (const auto& failure : run.failures)
        std::cout << "  not acquired: " << failure.file << ": " << failure.why << '\n';
    return {};
}

Result<int> verification(Options options) {
    name_data(options, NamedBy::Folder);
    MIEN_LET(pairs, read_pairs(options, eval::Scores::None));
    MIEN_TRY(eval::keep_folds(pairs, options.folds));
    MIEN_LET(faces, open_faces(options, options.made.open()));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(run, eval::run_verification(
                      faces, std::move(pairs),
                      {.folder = std::filesystem::path(options.data).parent_path(),
                       .data_name = options.data_name,
                       .calibrate = options.calibration_out.empty() ? eval::Calibrate::No : eval::Calibrate::Yes,
                       .workers = workers_of(options),
                       .on_progress = shown_on(bar, "samples")}));
    MIEN_TRY(print(run, options));
    return done;
}

Result<int> scores(Options options) {
    name_data(options, NamedBy::File);
    MIEN_LET(pairs, read_pairs(options, eval::Scores::Given));
    MIEN_LET(run, eval::judge_scores(std::move(pairs)));
    MIEN_TRY(print(run, options));
    return done;
}

}  // namespace

void add_eval_verification(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("face-verification", "1:1 error rates on a list of pairs");
    app->add_option("--pairs", options->data,
                    "CSV with columns a, b, mated and optionally fold, subject_a, subject_b; paths relative to it")
        ->required();
    app->add_option("--folds", options->folds, "Only pairs of these folds")->delimiter(',');
    app->add_option("--scores-out", options->scores_out, "Leave the pairs with their similarities in this CSV");
    app->add_option("--write-calibration", options->calibration_out,
                    "Leave similarity against false match rate in this JSON");
    add_template_options(*app, options->made);
    add_evaluation_options(*app, *options, Offers::WorkersAndReport);
    app->footer("Example:\n  mien eval face-verification --pairs lfw/pairs.csv --report lfw.html");
    run_when_chosen(*app, action, options, verification);
}

void add_eval_scores(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("scores", "The same judgement for scores of another system");
    app->add_option("scores", options->data,
                    "CSV with columns a, b, mated, score (empty: not acquired), optionally fold and subjects")
        ->required();
    add_evaluation_options(*app, *options, Offers::Report);
    app->footer("Example:\n  mien eval scores peer.csv");
    run_when_chosen(*app, action, options, scores);
}

}  // namespace mien::cli
