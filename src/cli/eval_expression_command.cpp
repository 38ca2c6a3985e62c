#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "eval/expression.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    eval::ReadFrom from = eval::ReadFrom::Auto;
};

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
    print_metrics(metrics_of(run.figures), Shown::Shares);
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

Result<int> evaluate(Options options) {
    name_data(options, NamedBy::Folder);
    MIEN_LET(pictures, eval::read_expression_folder(options.data));
    MIEN_LET(faces, open_faces(options, {.attributes = pipeline::Attributes::Yes}));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(run,
             eval::run_expression(faces, pictures, {options.from, workers_of(options), shown_on(bar, "pictures")}));
    options.json ? print_json_of(run, options) : print_text(run, options);
    return done;
}

}  // namespace

void add_eval_expression(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app =
        eval.add_subcommand("expression", "How often the seven expressions are read as people labelled them");
    app->add_option("folder", options->data, "One folder a class: angry disgust fear happy neutral sad surprise")
        ->required();
    const std::map<std::string, eval::ReadFrom> ways{
        {"auto", eval::ReadFrom::Auto}, {"whole", eval::ReadFrom::Whole}, {"face", eval::ReadFrom::Face}};
    app->add_option("--read-from", options->from,
                    "face: the largest face, none found is an error; whole: the picture as a face's crop; auto: the "
                    "face, but the whole picture where none is found or where it fills the picture")
        ->transform(CLI::CheckedTransformer(ways, CLI::ignore_case))
        ->default_str("auto");
    add_evaluation_options(*app, *options, Offers::Workers);
    app->footer("Example:\n  mien eval expression fer2013/test --json");
    run_when_chosen(*app, action, options, evaluate);
}

}  // namespace mien::cli
