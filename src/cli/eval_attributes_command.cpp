#include <iostream>

#include "cli/command.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "eval/attributes.h"
#include "media/list_pictures.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

struct Options {
    std::vector<std::string> inputs{};
    int workers = 0;
    bool json = false;
};

Json json_of(const statistics::Interval& i) {
    return {{"value", i.value}, {"low", i.low}, {"high", i.high}};
}

Status evaluate(const Options& options) {
    MIEN_LET(files, media::list_pictures(options.inputs));
    const int workers = options.workers > 0 ? options.workers : pipeline::cores();
    MIEN_LET(faces, open_faces({.lanes = workers, .threads = 1, .attributes = pipeline::Attributes::Yes}));
    ProgressBar bar(ProgressBar::Unit::Items);
    const auto on_progress = [&bar](std::size_t now, std::size_t all) {
        bar.show("pictures", static_cast<double>(now), static_cast<double>(all));
    };
    MIEN_LET(judged, eval::run_consistency(faces, files, workers, on_progress));
    const Json metrics{{"gender_consistency", json_of(judged.gender)},
                       {"age_spread_years", json_of(judged.age_spread)},
                       {"gender_unmeasured", json_of(judged.gender_unmeasured)}};
    if (options.json) {
        print_json({{"evaluation", "attributes"},
                    {"measures", "consistency over a subject's pictures, not accuracy"},
                    {"pictures", judged.pictures},
                    {"subjects", judged.subjects},
                    {"no_face_found", judged.no_face},
                    {"interval", "95 %, bootstrap over subjects"},
                    {"metrics", metrics}});
        return {};
    }
    std::cout << judged.subjects << " subjects with " << judged.pictures << " pictures; no face found in "
              << judged.no_face << "; consistency, not accuracy\n";
    for (const auto& [name, value] : metrics.items()) {
        std::printf("  %-20s %8.4f   (95 %% interval %.4f to %.4f)\n", name.c_str(), value["value"].get<double>(),
                    value["low"].get<double>(), value["high"].get<double>());
    }
    return {};
}

}  // namespace

void add_eval_attributes(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("attributes", "Whether age and gender hold over a subject's pictures");
    app->add_option("pictures", options->inputs, "Files, folders or patterns; files named SUBJECT_NUMBER")->required();
    app->add_option("--workers", options->workers, "Pictures at the same time; 0: one for each core");
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer("Example:\n  mien eval attributes lfw/images --json");
    app->callback([action, options] {
        *action = [options] {
            const Status good = evaluate(*options);
            return good ? done : report(good.error());
        };
    });
}

}  // namespace mien::cli
