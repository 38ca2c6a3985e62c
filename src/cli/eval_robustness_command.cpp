#include <cstdio>
#include <iostream>

#include "base/file.h"
#include "cli/command.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "eval/robustness.h"
#include "pipeline/open.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::size_t most_pairs = 0;
};

std::string name_of_level(const eval::FactorFigures& figures) {
    return figures.level.empty() ? figures.factor : figures.factor + "_" + figures.level;
}

Json document_of(const eval::RobustnessRun& run, const Options& options) {
    Json metrics = Json::object();
    Json levels = Json::array();
    for (const auto& figures : run.levels) {
        const std::string name = name_of_level(figures);
        if (figures.rates.mated > 0) metrics["fnmr_" + name] = json_of(figures.rates.fnmr);
        if (figures.rates.non_mated > 0) metrics["fmr_" + name] = json_of(figures.rates.fmr);
        metrics["failure_to_acquire_" + name] = json_of(figures.rates.failure_to_acquire);
        levels.push_back({{"name", name},
                          {"factor", figures.factor},
                          {"level", figures.level},
                          {"meaning", figures.meaning},
                          {"origin", eval::name_of(figures.origin)},
                          {"mated", figures.rates.mated},
                          {"non_mated", figures.rates.non_mated}});
    }
    return {{"evaluation", "robustness"},
            {"data", options.data_name},
            {"maker", run.maker},
            {"comparisons", run.pairs},
            {"mated", run.mated},
            {"subjects", run.subjects},
            {"operating_point", {{"fmr", 1e-2}, {"threshold", run.threshold}}},
            {"interval", "95 %, bootstrap over subjects"},
            {"metrics", metrics},
            {"levels", levels},
            {"not_measured", run.not_measured}};
}

std::string percent(const statistics::Interval& i, std::size_t count) {
    std::array<char, 64> text{};
    if (count == 0) return "no pairs";
    std::snprintf(text.data(), text.size(), "%6.2f %% (%.2f-%.2f)", i.value * 100, i.low * 100, i.high * 100);
    return text.data();
}

void print_table(const eval::RobustnessRun& run, const Options& options) {
    std::printf("%s: %zu pairs, %zu of them mated, %zu subjects; %s; threshold %.4f (false match rate 1e-2)\n",
                options.data_name.c_str(), run.pairs, run.mated, run.subjects, run.maker.c_str(),
                static_cast<double>(run.threshold));
    std::printf("%-24s %-11s %12s  %-24s %-24s %-24s\n", "", "", "mated/other", "FNMR", "FMR", "not acquired");
    for (const auto& figures : run.levels) {
        const auto& r = figures.rates;
        std::printf("%-24s %-11s %6zu/%5zu  %-24s %-24s %-24s\n", name_of_level(figures).c_str(),
                    eval::name_of(figures.origin), r.mated, r.non_mated, percent(r.fnmr, r.mated).c_str(),
                    percent(r.fmr, r.non_mated).c_str(), percent(r.failure_to_acquire, r.mated + r.non_mated).c_str());
    }
    std::cout << "not measured:";
    for (std::size_t i = 0; i < run.not_measured.size(); ++i) std::cout << (i == 0 ? " " : ", ") << run.not_measured[i];
    std::cout << '\n';
}

Result<int> robustness(Options options) {
    name_data(options, NamedBy::Folder);
    MIEN_LET(pairs, read_pairs(options, eval::Scores::None));
    MIEN_LET(faces, open_faces(options, {.mesh = pipeline::Mesh::Yes}));
    MIEN_LET(sex_net,
             pipeline::open_model("faceres", {.lanes = workers_of(options), .threads = 1, .before_pull = announce}));
    MIEN_LET(sex, eval::SexEstimator::make(std::move(sex_net)));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(run, eval::run_robustness(faces, sex, std::move(pairs),
                                       {.folder = std::filesystem::path(options.data).parent_path(),
                                        .most_pairs = options.most_pairs,
                                        .workers = workers_of(options),
                                        .on_progress = shown_on(bar, "pictures")}));
    if (options.json) {
        print_json(document_of(run, options));
    } else {
        print_table(run, options);
    }
    return done;
}

}  // namespace

void add_eval_robustness(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* sub = eval.add_subcommand("robustness", "1:1 error rates by what makes pictures hard");
    sub->add_option("--pairs", options->data,
                    "CSV as for face-verification; the second picture of each pair is degraded")
        ->required();
    sub->add_option("--most-pairs", options->most_pairs, "Take this many pairs, evenly chosen; 0: all")
        ->capture_default_str();
    add_evaluation_options(*sub, *options, Offers::Workers);
    sub->footer(
        "Size, blur, noise, darkness, JPEG, turns and covers are synthesised; yaw, estimated sex and image tone group "
        "the pairs as they are.\n\nExample:\n  mien eval robustness --pairs lfw/pairs.csv --most-pairs 1000");
    run_when_chosen(*sub, action, options, robustness);
}

}  // namespace mien::cli
