#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "eval/expression.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

struct Options {
    std::string folder{};
    std::string data_name{};
    eval::ReadFrom from = eval::ReadFrom::Auto;
    int workers = 0;
    bool json = false;
};

Json json_of(const statistics::Interval& i) {
    return {{"value", i.value}, {"low", i.low}, {"high", i.high}};
}

Json metrics_of(const statistics::ClassificationFigures& f) {
    return {{"accuracy", json_of(f.accuracy)},
            {"balanced_accuracy", json_of(f.balanced_accuracy)},
            {"macro_f1", json_of(f.macro_f1)},
            {"expected_calibration_error", json_of(f.calibration_error)}};
}

std::vector<std::string> class_names() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < expression_count; ++i) names.emplace_back(name_of(static_cast<Expression>(i)));
    return names;
}

void print_json_of(const eval::ExpressionRun& run, const Options& options) {
    print_json({{"evaluation", "expression"},
                {"data", options.data_name},
                {"pictures", run.figures.decisions},
                {"no_face_found", run.no_face},
                {"taken_whole", run.whole},
                {"interval", "95 %, bootstrap over pictures"},
                {"metrics", metrics_of(run.figures)},
                {"classes", class_names()},
                {"confusion", run.figures.confusion},  // rows: truth; columns: answer, last one: none
                {"failures", run.failures}});
}

void print_text(const eval::ExpressionRun& run, const Options& options) {
    std::cout << options.data_name << ": " << run.figures.decisions << " pictures; in " << run.no_face
              << " no face was found, " << run.whole << " were taken whole as a face's crop\n";
    const Json metrics = metrics_of(run.figures);
    for (const auto& [name, value] : metrics.items()) {
        std::printf("  %-28s %8.4f   (95 %% interval %.4f to %.4f)\n", name.c_str(), value["value"].get<double>(),
                    value["low"].get<double>(), value["high"].get<double>());
    }
    std::printf("  %-10s", "truth");
    for (const std::string& name : class_names()) std::printf("%10s", name.c_str());
    std::printf("%10s\n", "none");
    for (std::size_t i = 0; i < expression_count; ++i) {
        std::printf("  %-10s", class_names()[i].c_str());
        for (const std::size_t count : run.figures.confusion[i]) std::printf("%10zu", count);
        std::printf("\n");
    }
    for (const std::string& failure : run.failures) std::cout << "  failed: " << failure << '\n';
}

Status evaluate(Options options) {
    const std::filesystem::path folder(options.folder);
    if (options.data_name.empty()) options.data_name = std::filesystem::absolute(folder / "x").parent_path().filename();
    MIEN_LET(pictures, eval::read_expression_folder(folder));
    const int workers = options.workers > 0 ? options.workers : pipeline::cores();
    MIEN_LET(faces, open_faces({.lanes = workers, .threads = 1, .attributes = pipeline::Attributes::Yes}));
    ProgressBar bar(ProgressBar::Unit::Items);
    const auto on_progress = [&bar](std::size_t now, std::size_t all) {
        bar.show("pictures", static_cast<double>(now), static_cast<double>(all));
    };
    MIEN_LET(run, eval::run_expression(faces, pictures, {options.from, workers, on_progress}));
    options.json ? print_json_of(run, options) : print_text(run, options);
    return {};
}

}  // namespace

void add_eval_expression(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app =
        eval.add_subcommand("expression", "How often the seven expressions are read as people labelled them");
    app->add_option("folder", options->folder, "One folder a class: angry disgust fear happy neutral sad surprise")
        ->required();
    const std::map<std::string, eval::ReadFrom> ways{
        {"auto", eval::ReadFrom::Auto}, {"whole", eval::ReadFrom::Whole}, {"face", eval::ReadFrom::Face}};
    app->add_option("--read-from", options->from,
                    "face: the largest face, none found is an error; whole: the picture as a face's crop; auto: the "
                    "face, but the whole picture where none is found or where it fills the picture")
        ->transform(CLI::CheckedTransformer(ways, CLI::ignore_case))
        ->default_str("auto");
    app->add_option("--data-name", options->data_name, "What the figures are said to be measured on");
    app->add_option("--workers", options->workers, "Pictures at the same time; 0: one for each core");
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer("Example:\n  mien eval expression fer2013/test --json");
    app->callback([action, options] {
        *action = [options] {
            const Status good = evaluate(*options);
            return good ? done : report(good.error());
        };
    });
}

}  // namespace mien::cli
