#include <iostream>

#include "cli/command.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "eval/attributes.h"
#include "media/list_pictures.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::vector<std::string> inputs{};
};

Result<int> evaluate(Options options) {
    options.data = options.inputs.front();
    name_data(options, NamedBy::Folder);
    MIEN_LET(files, media::list_pictures(options.inputs));
    MIEN_LET(faces, open_faces(options, {.attributes = pipeline::Attributes::Yes}));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(judged, eval::run_consistency(faces, files, workers_of(options), shown_on(bar, "pictures")));
    const Json metrics{{"gender_consistency", json_of(judged.gender)},
                       {"age_spread_years", json_of(judged.age_spread)},
                       {"gender_unmeasured", json_of(judged.gender_unmeasured)}};
    if (options.json) {
        print_json({{"evaluation", "attributes"},
                    {"data", options.data_name},
                    {"measures", "consistency over a subject's pictures, not accuracy"},
                    {"pictures", judged.pictures},
                    {"subjects", judged.subjects},
                    {"no_face_found", judged.no_face},
                    {"interval", "95 %, bootstrap over subjects"},
                    {"metrics", metrics}});
        return done;
    }
    std::cout << judged.subjects << " subjects with " << judged.pictures << " pictures; no face found in "
              << judged.no_face << "; consistency, not accuracy\n";
    print_metrics(metrics, Shown::Shares);
    return done;
}

}  // namespace

void add_eval_attributes(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("attributes", "Whether age and gender hold over a subject's pictures");
    app->add_option("pictures", options->inputs, "Files, folders or patterns; files named SUBJECT_NUMBER")->required();
    add_evaluation_options(*app, *options, Offers::Workers);
    app->footer("Example:\n  mien eval attributes lfw/images --json");
    run_when_chosen(*app, action, options, evaluate);
}

}  // namespace mien::cli
