#include <iostream>
#include <memory>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/eval_commands.h"
#include "cli/eval_conditions.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "eval/faces.h"
#include "eval/report.h"
#include "eval/verification.h"
#include "media/read_picture.h"
#include "pipeline/calibration_file.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

struct Options {
    std::string pairs{};
    std::string data_name{};
    std::string scores_out{};
    std::string calibration_out{};
    std::string report{};
    std::string found{};
    int workers = 0;
    int views = 1;
    float min_score = 0.5f;
    int min_face = 14;
    bool json = false;
    bool detector_points = false;
    bool turn = false;
    bool conditions = false;
    std::string detector = "centerface";
};

Json json_of(const statistics::Interval& i) {
    return {{"value", i.value}, {"low", i.low}, {"high", i.high}};
}

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
    if (!options.report.empty()) MIEN_TRY(write_file(options.report, eval::verification_page(run, options.data_name)));
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
    for (const auto& [name, value] : metrics.items()) {
        std::printf("  %-24s %8.3f %%   (95 %% interval %.3f to %.3f)\n", name.c_str(),
                    value["value"].get<double>() * 100, value["low"].get<double>() * 100,
                    value["high"].get<double>() * 100);
    }
    for (const auto& failure : run.failures)
        std::cout << "  not acquired: " << failure.file << ": " << failure.why << '\n';
    return {};
}

Result<int> verification(Options options) {
    const std::filesystem::path file(options.pairs);
    if (options.data_name.empty())
        options.data_name = std::filesystem::absolute(file).parent_path().filename().string();
    MIEN_LET(bytes, read_file(file));
    auto pairs = eval::read_pairs(bytes, eval::Scores::None);
    if (!pairs) return Error{pairs.error().fault, options.pairs + ": " + pairs.error().message};
    const int workers = options.workers > 0 ? options.workers : pipeline::cores();
    MIEN_LET(faces, open_faces({.lanes = workers, .threads = 1, .views = views_of(options.views)}));
    ProgressBar bar(ProgressBar::Unit::Items);
    eval::VerificationOptions run_options;
    run_options.folder = file.parent_path();
    run_options.data_name = options.data_name;
    run_options.calibrate = options.calibration_out.empty() ? eval::Calibrate::No : eval::Calibrate::Yes;
    run_options.workers = workers;
    run_options.on_progress = [&bar](std::size_t now, std::size_t all) {
        bar.show("samples", static_cast<double>(now), static_cast<double>(all));
    };
    MIEN_LET(run, eval::run_verification(faces, std::move(*pairs), run_options));
    MIEN_TRY(print(run, options));
    return done;
}

Result<int> scores(Options options) {
    if (options.data_name.empty()) options.data_name = std::filesystem::path(options.pairs).filename().string();
    MIEN_LET(bytes, read_file(options.pairs));
    auto pairs = eval::read_pairs(bytes, eval::Scores::Given);
    if (!pairs) return Error{pairs.error().fault, options.pairs + ": " + pairs.error().message};
    MIEN_LET(run, eval::judge_scores(std::move(*pairs)));
    MIEN_TRY(print(run, options));
    return done;
}

pipeline::FaceOptions wanted_of(const Options& options, pipeline::Mesh mesh) {
    return {.detect = {.min_score = options.min_score,
                       .min_face_pixels = options.min_face,
                       .turn = options.turn ? face::Turn::Search : face::Turn::Off},
            .wanted = pipeline::Wanted::Regions,
            .mesh = mesh};
}

Result<eval::FaceFinding> find_faces(const Options& options, pipeline::Mesh mesh) {
    MIEN_LET(marks, eval::read_marks(options.pairs));
    ProgressBar bar(ProgressBar::Unit::Items);
    const auto on_progress = [&bar](std::size_t now, std::size_t all) {
        bar.show("pictures", static_cast<double>(now), static_cast<double>(all));
    };
    if (!options.found.empty()) {
        MIEN_LET(bytes, read_file(options.found));
        auto found = eval::read_found(bytes);
        if (!found) return Error{found.error().fault, options.found + ": " + found.error().message};
        const auto look_up = [&](const std::string& file) -> Result<std::vector<FaceRegion>> { return (*found)[file]; };
        return eval::run_face_finding(options.found, look_up, marks, on_progress);
    }
    MIEN_LET(faces, open_faces({.detector = options.detector, .mesh = mesh}));
    const pipeline::FaceOptions wanted = wanted_of(options, mesh);
    const auto folder = std::filesystem::path(options.pairs).parent_path();
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
    if (!options.report.empty()) MIEN_TRY(write_file(options.report, eval::finding_page(f, options.data_name)));
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
    for (const auto& [metric, value] : metrics.items()) {
        std::printf("  %-28s %8.4f   (95 %% interval %.4f to %.4f)\n", metric.c_str(), value["value"].get<double>(),
                    value["low"].get<double>(), value["high"].get<double>());
    }
    return {};
}

Result<int> detection(Options options) {
    if (options.data_name.empty()) options.data_name = std::filesystem::path(options.pairs).filename().string();
    if (options.conditions) {
        MIEN_LET(marks, eval::read_marks(options.pairs));
        return eval_conditions(
            {options.pairs, options.data_name, options.detector, wanted_of(options, pipeline::Mesh::No), options.json},
            marks);
    }
    MIEN_LET(f, find_faces(options, pipeline::Mesh::No));
    MIEN_TRY(print_finding("face-detection", options, f,
                           {{"recall", json_of(f.recall)}, {"false_alarms_per_picture", json_of(f.false_alarms)}}));
    return done;
}

Result<int> landmarks(Options options) {
    if (options.data_name.empty()) options.data_name = std::filesystem::path(options.pairs).filename().string();
    MIEN_LET(f, find_faces(options, options.detector_points ? pipeline::Mesh::No : pipeline::Mesh::Yes));
    if (f.with_landmarks == 0) return Error{Fault::BadInput, options.pairs + ": no found face has marked landmarks"};
    MIEN_TRY(print_finding("landmarks", options, f,
                           {{"nme", json_of(f.landmark_error)},
                            {"failures_at_0.1", json_of(f.landmark_failures)},
                            {"recall", json_of(f.recall)}}));
    return done;
}

}  // namespace

Command make_eval_command(CLI::App& parent) {
    CLI::App* app = parent.add_subcommand("eval", "Measure how often Mien errs, on data of yours");
    app->require_subcommand(1);
    auto action = std::make_shared<std::function<int()>>();
    const auto wire = [action](CLI::App* sub, const std::shared_ptr<Options>& options, Result<int> (*what)(Options)) {
        sub->add_flag("--json", options->json, "One JSON document on standard output");
        sub->add_option("--report", options->report, "Leave a page with plots in this HTML file");
        sub->add_option("--data-name", options->data_name,
                        "What the figures are said to be measured on; default: the folder's name");
        sub->callback([=] {
            *action = [=] {
                const auto code = what(*options);
                return code ? *code : report(code.error());
            };
        });
    };
    auto pair_options = std::make_shared<Options>();
    CLI::App* pairs = app->add_subcommand("face-verification", "1:1 error rates on a list of pairs");
    pairs
        ->add_option("--pairs", pair_options->pairs,
                     "CSV with columns a, b, mated and optionally fold, subject_a, subject_b; paths relative to it")
        ->required();
    pairs->add_option("--scores-out", pair_options->scores_out, "Leave the pairs with their similarities in this CSV");
    pairs->add_option("--write-calibration", pair_options->calibration_out,
                      "Leave similarity against false match rate in this JSON");
    add_views_option(*pairs, pair_options->views);
    pairs->add_option("--workers", pair_options->workers, "Pictures at the same time; 0: one for each core");
    pairs->footer("Example:\n  mien eval face-verification --pairs lfw/pairs.csv --report lfw.html");
    wire(pairs, pair_options, verification);
    auto score_options = std::make_shared<Options>();
    CLI::App* judged = app->add_subcommand("scores", "The same judgement for scores of another system");
    judged
        ->add_option("scores", score_options->pairs,
                     "CSV with columns a, b, mated, score (empty: not acquired), optionally fold and subjects")
        ->required();
    judged->footer("Example:\n  mien eval scores peer.csv");
    wire(judged, score_options, scores);
    const auto add_finding = [&](const char* name, const char* what, const char* example, Result<int> (*run)(Options)) {
        auto options = std::make_shared<Options>();
        CLI::App* sub = app->add_subcommand(name, what);
        sub->add_option("marks", options->pairs, "JSON with nose_points or dlib's imglab XML; pictures beside it")
            ->required();
        sub->add_option("--min-score", options->min_score, "Least detection score")->capture_default_str();
        sub->add_option("--min-face", options->min_face, "Smallest face in pixels")->capture_default_str();
        sub->add_option("--found", options->found,
                        "Judge another system's faces instead: JSON with, for each file, [x, y, width, height, score, "
                        "perhaps five landmarks as x, y]");
        sub->add_option("--detector", options->detector, "Face detector by its name in the catalogue")
            ->capture_default_str();
        sub->add_flag("--turn", options->turn, "Search for faces in the picture's other quarter turns, too");
        if (run == detection)
            sub->add_flag("--conditions", options->conditions,
                          "Vary the pictures: face sizes, turned, partly hidden, dark, blurred; one row for each");
        if (run == landmarks)
            sub->add_flag("--detector-points", options->detector_points, "Judge the detector's points, not the mesh's");
        sub->footer(std::string("Example:\n  ") + example);
        wire(sub, options, run);
    };
    add_finding("face-detection", "Faces found and false alarms in marked pictures",
                "mien eval face-detection groups/annotations.json", detection);
    add_finding("landmarks", "Error of the five landmarks against 68 marked ones",
                "mien eval landmarks faces/testing_with_face_landmarks.xml --json", landmarks);
    add_eval_identification(*app, action);
    add_eval_quality(*app, action);
    add_eval_attributes(*app, action);
    add_eval_expression(*app, action);
    add_eval_robustness(*app, action);
    return {app, [action] { return (*action)(); }};
}

}  // namespace mien::cli
