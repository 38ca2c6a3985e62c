#include <iostream>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "eval/quality.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::string csv{};
    std::string samples{};
    std::vector<std::string> folds{};
    std::vector<std::string> peers{};
    double fmr = 0.002;
    int rounds = 1;
};

std::string key_of(std::string name) {
    std::ranges::replace(name, ' ', '_');
    return name;
}

void print(const eval::QualityRun& run, const Options& options) {
    if (options.json) {
        Json metrics = Json::object();
        Json curves = Json::object();
        for (const auto& [name, curve] : run.curves) {
            metrics["edc_area_" + key_of(name)] = json_of(curve.area);
            Json points = Json::array();
            for (const auto& point : curve.points) points.push_back({point.discarded, point.fnmr});
            curves[key_of(name)] = std::move(points);
        }
        Json added = Json::object();
        for (const auto& [name, entry] : run.by_degradation)
            added[name] = {{"fnmr", entry.first}, {"pairs", entry.second}};
        for (const auto& gate : run.gates) {
            metrics["passed_as_is_" + gate.profile] = json_of(gate.passed_as_is);
            metrics["passed_" + gate.profile] = json_of(gate.passed);
            metrics["fnmr_passed_" + gate.profile] = json_of(gate.fnmr_passed);
            metrics["fnmr_refused_" + gate.profile] = json_of(gate.fnmr_refused);
        }
        print_json({{"evaluation", "quality"},
                    {"data", options.data_name},
                    {"pairs", run.pairs.size()},
                    {"subjects", run.subjects},
                    {"threshold", run.threshold},
                    {"fnmr", run.fnmr},
                    {"best_area", run.curves.at("unified").best_area},
                    {"interval", "95 %, bootstrap over subjects"},
                    {"metrics", metrics},
                    {"degradations", added},
                    {"curves", curves}});
        return;
    }
    std::printf("%s: %zu mated pairs of %zu subjects, second picture degraded; FNMR %.2f %% at similarity %.4f\n",
                options.data_name.c_str(), run.pairs.size(), run.subjects, 100 * run.fnmr, run.threshold);
    std::printf("  partial area of error versus discard (to 20 %%; 1 tells nothing, best possible %.3f):\n",
                run.curves.at("unified").best_area);
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [name, curve] : run.curves) order.emplace_back(curve.area.value, name);
    std::ranges::sort(order);
    for (const auto& [area, name] : order) {
        const auto& curve = run.curves.at(name);
        std::printf("  %-36s %.3f (%.3f to %.3f)   FNMR %5.2f %% after 10 %%, %5.2f %% after 20 %%\n", name.c_str(),
                    area, curve.area.low, curve.area.high, 100 * curve.points[10].fnmr, 100 * curve.points[20].fnmr);
    }
    for (const auto& gate : run.gates) {
        std::printf(
            "  gate %-9s passes %5.1f %% of pairs as they are, %5.1f %% of all; FNMR %5.2f %% (%.2f to %.2f) of those, "
            "%5.2f %% of the refused\n",
            gate.profile.c_str(), 100 * gate.passed_as_is.value, 100 * gate.passed.value, 100 * gate.fnmr_passed.value,
            100 * gate.fnmr_passed.low, 100 * gate.fnmr_passed.high, 100 * gate.fnmr_refused.value);
    }
    for (const auto& [name, entry] : run.by_degradation)
        std::printf("  added %-16s FNMR %6.2f %% of %zu\n", name.c_str(), 100 * entry.first, entry.second);
}

Status add_peers(eval::QualityRun& run, const Options& options) {
    for (const std::string& peer : options.peers) {
        const auto equals = peer.find('=');
        if (equals == std::string::npos || equals == 0)
            return Error{Fault::BadInput, "--peer wants NAME=FILE.csv, got '" + peer + "'"};
        MIEN_LET(bytes, read_file(peer.substr(equals + 1)));
        MIEN_TRY(eval::add_peer(run, peer.substr(0, equals), bytes));
    }
    return {};
}

Result<int> evaluate(Options options) {
    name_data(options, NamedBy::Folder);
    MIEN_LET(pairs, read_pairs(options, eval::Scores::None));
    MIEN_TRY(eval::keep_folds(pairs, options.folds));
    if (!options.samples.empty()) MIEN_TRY(make_folder(options.samples));
    MIEN_LET(faces, open_faces(options, {.mesh = pipeline::Mesh::Yes}));
    MIEN_LET(calibration, pipeline::shipped_calibration(faces.maker()));
    MIEN_LET(point, calibration.threshold_for(options.fmr));
    ProgressBar bar(ProgressBar::Unit::Items);
    eval::QualityOptions how;
    how.folder = std::filesystem::path(options.data).parent_path();
    how.samples_out = options.samples;
    how.rounds = options.rounds;
    how.threshold = point.threshold;
    how.workers = workers_of(options);
    how.on_progress = shown_on(bar, "pairs");
    MIEN_LET(run, eval::run_quality(faces, pairs, how));
    MIEN_TRY(add_peers(run, options));
    if (!options.csv.empty()) MIEN_TRY(write_file(options.csv, eval::csv_of(run)));
    MIEN_TRY(leave_report(options, [&] { return eval::quality_page(run, options.data_name); }));
    print(run, options);
    return done;
}

}  // namespace

void add_eval_quality(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("quality", "Error versus discard of the quality scores, on degraded pictures");
    app->add_option("--pairs", options->data, "CSV of pairs, as for face-verification; the mated ones are used")
        ->required();
    app->add_option("--folds", options->folds, "Only pairs of these folds")->delimiter(',');
    app->add_option("--fmr", options->fmr, "Operating point of the matcher")->capture_default_str();
    app->add_option("--rounds", options->rounds, "How many of the 16 degradations each pair gets, in turn")
        ->capture_default_str()
        ->check(CLI::Range(1, 16));
    app->add_option("--csv", options->csv, "Leave similarity, measures and scores of each pair in this CSV");
    app->add_option("--samples-out", options->samples, "Leave the degraded pictures in this folder");
    app->add_option("--peer", options->peers, "Judge another score, too: NAME=FILE with \"pair,score\" lines");
    add_evaluation_options(*app, *options, Offers::WorkersAndReport);
    app->footer("Example:\n  mien eval quality --pairs lfw/pairs.csv --folds 3,4,5 --report quality.html");
    run_when_chosen(*app, action, options, evaluate);
}

}  // namespace mien::cli
