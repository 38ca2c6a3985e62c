#include <cstdio>
#include <iostream>

#include "base/file.h"
#include "cli/bodies.h"
#include "cli/eval_commands.h"
#include "eval/person_detection.h"
#include "media/read_picture.h"

namespace mien::cli {
namespace {

// Boxes of lower scores change average precision by nothing that can be seen.
constexpr float least_score = 0.02f;

struct Options : EvaluationOptions {
    std::string detector = pipeline::usual_person_detector;
    float score = 0;
    int min_height = 40;
    int tiles = body::DetectOptions{}.max_tiles;
};

Json metrics_of(const eval::PersonFinding& f) {
    return {{"ap", json_of(f.ap)},
            {"ap50", json_of(f.ap50)},
            {"precision", json_of(f.precision)},
            {"recall", json_of(f.recall)},
            {"recall_by_identity", json_of(f.recall_by_identity)}};
}

Result<int> person_detection(Options options) {
    name_data(options, NamedBy::Folder);
    const std::filesystem::path folder = options.data;
    MIEN_LET(bytes, read_file(folder / "gt" / "gt.txt"));
    auto crowds = eval::read_marked_crowds(bytes, static_cast<float>(options.min_height));
    if (!crowds) return Error{crowds.error().fault, options.data + "/gt/gt.txt: " + crowds.error().message};
    MIEN_LET(parts, open_bodies(options.detector, pipeline::BodyPoses::No, {}));
    const float score = options.score > 0 ? options.score : parts.detector.usual_score();
    const body::DetectOptions how{
        .min_score = least_score, .min_height = options.min_height, .max_tiles = options.tiles};
    const auto find = [&](const std::string& file) -> Result<std::vector<BodyRegion>> {
        MIEN_LET(frame, media::read_frame(folder / file));
        return parts.detector.find(*frame.picture, how);
    };
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(finding, eval::run_person_finding(find, *crowds, score, shown_on(bar, "pictures")));
    if (options.json) {
        print_json({{"evaluation", "person-detection"},
                    {"data", options.data_name},
                    {"detector", options.detector},
                    {"tiles", options.tiles},
                    {"min_height", options.min_height},
                    {"score", rounded(finding.score)},
                    {"pictures", finding.pictures},
                    {"people", finding.people},
                    {"identities", finding.identities},
                    {"interval", "95 %, bootstrap over pictures; recall_by_identity: over identities"},
                    {"metrics", metrics_of(finding)}});
        return done;
    }
    std::cout << options.data_name << ": " << finding.people << " people in " << finding.pictures << " pictures, "
              << finding.identities << " identities; " << options.detector << '\n';
    print_metrics(metrics_of(finding), Shown::Shares);
    std::printf("  precision and recall at score %.2f; intervals of pictures of one film are too narrow\n",
                static_cast<double>(finding.score));
    return done;
}

}  // namespace

void add_eval_person_detection(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("person-detection", "How many people are found, and how well their boxes fit");
    app->add_option("folder", options->data, "A MOTChallenge sequence: gt/gt.txt and img1/")->required();
    app->add_option("--detector", options->detector, "Person detector by its name in `mien models list`")
        ->capture_default_str();
    app->add_option("--score", options->score, "For precision and recall; 0: the detector's usual one")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    app->add_option("--min-height", options->min_height, "Smaller people neither count nor are looked for, in pixels")
        ->capture_default_str()
        ->check(CLI::Range(8, 10000));
    app->add_option("--tiles", options->tiles, "At most so many looks at parts; 0: at the whole only")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    add_evaluation_options(*app, *options, Offers::Plain);
    app->footer("Example:\n  mien eval person-detection MOT17-02 --detector omz-person-detection-retail-0013");
    run_when_chosen(*app, action, options, person_detection);
}

}  // namespace mien::cli
