#include <iostream>

#include "base/file.h"
#include "cli/eval_commands.h"
#include "cli/eval_conditions.h"
#include "cli/faces.h"
#include "eval/faces.h"
#include "eval/report.h"
#include "media/read_picture.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    std::string found{};
    std::string detector = "centerface";
    float min_score = 0.5f;
    int min_face = 14;
    bool detector_points = false;
    float confirm_below = 0;
    bool turn = false;
    bool conditions = false;
};

pipeline::FaceOptions wanted_of(const Options& options, pipeline::Mesh mesh) {
    return {.detect = {.min_score = options.min_score,
                       .min_face_pixels = options.min_face,
                       .turn = options.turn ? face::Turn::Search : face::Turn::Off},
            .wanted = pipeline::Wanted::Regions,
            .mesh = mesh,
            .confirm_below = options.confirm_below};
}

pipeline::Mesh mesh_to_confirm(const Options& options) {
    return options.confirm_below > 0 ? pipeline::Mesh::Yes : pipeline::Mesh::No;
}

Result<eval::FaceFinding> find_faces(const Options& options, pipeline::Mesh mesh) {
    MIEN_LET(marks, eval::read_marks(options.data));
    ProgressBar bar(ProgressBar::Unit::Items);
    const eval::OnProgress on_progress = shown_on(bar, "pictures");
    if (!options.found.empty()) {
        MIEN_LET(bytes, read_file(options.found));
        auto found = eval::read_found(bytes);
        if (!found) return Error{found.error().fault, options.found + ": " + found.error().message};
        const auto look_up = [&](const std::string& file) -> Result<std::vector<FaceRegion>> { return (*found)[file]; };
        return eval::run_face_finding(options.found, look_up, marks, on_progress);
    }
    MIEN_LET(faces, open_faces({.detector = options.detector, .mesh = mesh}));
    const pipeline::FaceOptions wanted = wanted_of(options, mesh);
    const auto folder = std::filesystem::path(options.data).parent_path();
    const auto find = [&](const std::string& file) -> Result<std::vector<FaceRegion>> {
        MIEN_LET(frame, media::read_frame(folder / file));
        MIEN_LET(analysed, faces.analyse(frame, wanted));
        std::vector<FaceRegion> regions;
        for (const auto& face : analysed) regions.push_back(face.region);
        return regions;
    };
    return eval::run_face_finding("Mien", find, marks, on_progress);
}

Status print_finding(const char* name, const Options& options, const eval::FaceFinding& f, const Json& metrics) {
    MIEN_TRY(leave_report(options, [&] { return eval::finding_page(f, options.data_name); }));
    if (options.json) {
        print_json({{"evaluation", name},
                    {"data", options.data_name},
                    {"pictures", f.pictures},
                    {"faces", f.faces},
                    {"found", f.found},
                    {"with_landmarks", f.with_landmarks},
                    {"min_score", rounded(options.min_score)},
                    {"min_face", options.min_face},
                    {"interval", "95 %, bootstrap over pictures"},
                    {"metrics", metrics}});
        return {};
    }
    std::cout << options.data_name << ": " << f.pictures << " pictures, " << f.faces << " marked faces, " << f.found
              << " found\n";
    print_metrics(metrics, Shown::Shares);
    return {};
}

Result<int> detection(Options options) {
    name_data(options, NamedBy::File);
    if (options.conditions) {
        MIEN_LET(marks, eval::read_marks(options.data));
        return eval_conditions({options.data, options.data_name, options.detector,
                                wanted_of(options, mesh_to_confirm(options)), options.json},
                               marks);
    }
    MIEN_LET(f, find_faces(options, mesh_to_confirm(options)));
    MIEN_TRY(print_finding("face-detection", options, f,
                           {{"recall", json_of(f.recall)}, {"false_alarms_per_picture", json_of(f.false_alarms)}}));
    return done;
}

Result<int> landmarks(Options options) {
    name_data(options, NamedBy::File);
    MIEN_LET(f, find_faces(options, options.detector_points ? pipeline::Mesh::No : pipeline::Mesh::Yes));
    if (f.with_landmarks == 0) return Error{Fault::BadInput, options.data + ": no found face has marked landmarks"};
    MIEN_TRY(print_finding("landmarks", options, f,
                           {{"nme", json_of(f.landmark_error)},
                            {"failures_at_0.1", json_of(f.landmark_failures)},
                            {"recall", json_of(f.recall)}}));
    return done;
}

CLI::App* add_finding(CLI::App& eval, const char* name, const char* what, const std::shared_ptr<Options>& options) {
    CLI::App* app = eval.add_subcommand(name, what);
    app->add_option("marks", options->data, "JSON with nose_points or dlib's imglab XML; pictures beside it")
        ->required();
    app->add_option("--min-score", options->min_score, "Least detection score")->capture_default_str();
    app->add_option("--min-face", options->min_face, "Smallest face in pixels")->capture_default_str();
    app->add_option("--found", options->found,
                    "Judge another system's faces instead: JSON with, for each file, [x, y, width, height, score, "
                    "perhaps five landmarks as x, y]");
    app->add_option("--detector", options->detector, "Face detector by its name in the catalogue")
        ->capture_default_str();
    app->add_flag("--turn", options->turn, "Search for faces in the picture's other quarter turns, too");
    add_evaluation_options(*app, *options, Offers::Report);
    return app;
}

}  // namespace

void add_eval_detection(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = add_finding(eval, "face-detection", "Faces found and false alarms in marked pictures", options);
    app->add_option("--confirm-below", options->confirm_below,
                    "Drop faces of a lower score where the mesh sees no face; 0: keep all")
        ->capture_default_str();
    app->add_flag("--conditions", options->conditions,
                  "Vary the pictures: face sizes, turned, partly hidden, dark, blurred; one row for each");
    app->footer("Example:\n  mien eval face-detection groups/annotations.json");
    run_when_chosen(*app, action, options, detection);
}

void add_eval_landmarks(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = add_finding(eval, "landmarks", "Error of the five landmarks against 68 marked ones", options);
    app->add_flag("--detector-points", options->detector_points, "Judge the detector's points, not the mesh's");
    app->footer("Example:\n  mien eval landmarks faces/testing_with_face_landmarks.xml --json");
    run_when_chosen(*app, action, options, landmarks);
}

}  // namespace mien::cli
