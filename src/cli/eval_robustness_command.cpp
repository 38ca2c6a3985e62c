#include <cstdio>
#include <iostream>

#include "base/file.h"
#include "cli/command.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "eval/robustness.h"
#include "pipeline/open.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

struct Options {
    std::string pairs{};
    std::string data_name{};
    std::size_t most_pairs = 0;
    int workers = 0;
    bool json = false;
};

Json json_of(const statistics::Interval& i) {
    return {{"value", i.value}, {"low", i.low}, {"high", i.high}};
}

std::string name_of_level(const eval::FactorFigures& figures) {
    return figures.level.empty() ? figures.factor : figures.factor + "_" + figures.level;
}

Json json_of(const eval::RobustnessRun& run, const Options& options) {
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
    const std::filesystem::path file(options.pairs);
    if (options.data_name.empty())
        options.data_name = std::filesystem::absolute(file).parent_path().filename().string();
    MIEN_LET(bytes, read_file(file));
    auto pairs = eval::read_pairs(bytes, eval::Scores::None);
    if (!pairs) return Error{pairs.error().fault, options.pairs + ": " + pairs.error().message};
    const int workers = options.workers > 0 ? options.workers : pipeline::cores();
    MIEN_LET(faces, open_faces({.lanes = workers, .threads = 1, .mesh = pipeline::Mesh::Yes}));
    pipeline::OpenOptions open;
    open.lanes = workers;
    open.threads = 1;
    open.before_pull = announce;
    MIEN_LET(sex_net, pipeline::open_model("faceres", open));
    MIEN_LET(sex, eval::SexEstimator::make(std::move(sex_net)));
    ProgressBar bar(ProgressBar::Unit::Items);
    eval::RobustnessOptions run_options;
    run_options.folder = file.parent_path();
    run_options.most_pairs = options.most_pairs;
    run_options.workers = workers;
    run_options.on_progress = [&bar](std::size_t now, std::size_t all) {
        bar.show("pictures", static_cast<double>(now), static_cast<double>(all));
    };
    MIEN_LET(run, eval::run_robustness(faces, sex, std::move(*pairs), run_options));
    if (options.json) {
        print_json(json_of(run, options));
    } else {
        print_table(run, options);
    }
    return done;
}

}  // namespace

void add_eval_robustness(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action) {
    auto options = std::make_shared<Options>();
    CLI::App* sub = eval.add_subcommand("robustness", "1:1 error rates by what makes pictures hard");
    sub->add_option("--pairs", options->pairs,
                    "CSV as for face-verification; the second picture of each pair is degraded")
        ->required();
    sub->add_option("--most-pairs", options->most_pairs, "Take this many pairs, evenly chosen; 0: all")
        ->capture_default_str();
    sub->add_option("--data-name", options->data_name,
                    "What the figures are said to be measured on; default: the folder's name");
    sub->add_option("--workers", options->workers, "Pictures at the same time; 0: one for each core");
    sub->add_flag("--json", options->json, "One JSON document on standard output");
    sub->footer(
        "Size, blur, noise, darkness, JPEG, turns and covers are synthesised; yaw, estimated sex and image tone group "
        "the pairs as they are.\n\nExample:\n  mien eval robustness --pairs lfw/pairs.csv --most-pairs 1000");
    sub->callback([options, action] {
        *action = [options] {
            const auto code = robustness(*options);
            return code ? *code : report(code.error());
        };
    });
}

}  // namespace mien::cli
