#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>

#include "cli/bodies.h"
#include "cli/eval_commands.h"
#include "base/file.h"
#include "eval/reid.h"
#include "eval/same_person.h"
#include "media/read_picture.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    eval::ReidLayout layout = eval::ReidLayout::Market1501;
    eval::Cuhk03Boxes boxes = eval::Cuhk03Boxes::Detected;
    std::string model = pipeline::stripes_embedder;
    bool rerank = false;
    bool same_camera = false;
    bool multiple = false;
    bool thresholds = false;
    std::vector<float> cosines{};
    std::string templates{};  // a file to write
};

// Of two stays of people: one in ten, a hundred, a thousand pairs of different people match.
constexpr std::array wished_rates{0.1, 0.01, 0.001};

Json metrics_of(const eval::ReidFigures& f) {
    return {{"rank1", json_of(f.rank1)},
            {"rank5", json_of(f.rank5)},
            {"rank10", json_of(f.rank10)},
            {"map", json_of(f.map)},
            {"minp", json_of(f.minp)}};
}

Result<std::vector<Template>> templates_of(const body::BodyEmbedder& embedder, const std::vector<eval::ReidShot>& shots,
                                           const eval::OnProgress& on_progress, int workers) {
    std::vector<Template> made(shots.size());
    MIEN_TRY(eval::for_each_piece(shots.size(), workers, on_progress, [&](std::size_t i) -> Status {
        MIEN_LET(frame, media::read_frame(shots[i].file));
        const Box whole{0, 0, static_cast<float>(frame.picture->width()), static_cast<float>(frame.picture->height())};
        MIEN_LET(one, embedder.embed(*frame.picture, whole));
        made[i] = std::move(one);
        return {};
    }));
    return made;
}

// "half,person,camera,values…" a line, all digits: for checks by other programs.
Status write_templates(const std::string& file, const eval::ReidSet& set, const std::vector<Template>& queries,
                       const std::vector<Template>& gallery) {
    std::string text;
    const auto add = [&](const char* half, const std::vector<eval::ReidShot>& shots, const auto& templates) {
        for (std::size_t i = 0; i < shots.size(); ++i) {
            text += half + (',' + std::to_string(shots[i].person)) + ',' + std::to_string(shots[i].camera);
            for (const float value : templates[i].values) {
                std::array<char, 32> digits{};
                std::snprintf(digits.data(), digits.size(), ",%.9g", static_cast<double>(value));
                text += digits.data();
            }
            text += '\n';
        }
    };
    add("query", set.queries, queries);
    add("gallery", set.gallery, gallery);
    return write_file(file, text);
}

Json json_of(const eval::SamePersonFigures& figures) {
    Json rows = Json::array();
    for (const eval::SamePerson& one : figures.at)
        rows.push_back({{"wished_false_match_rate", one.false_match_rate},
                        {"cosine", one.cosine},
                        {"false_match_rate", cli::json_of(one.false_matches)},
                        {"true_match_rate", cli::json_of(one.true_matches)}});
    return {{"at", rows},
            {"people", figures.people},
            {"pairs_of_different_people", {{"one_camera", figures.pairs_of_one_camera},
                                           {"two_cameras", figures.pairs_of_two_cameras}}}};
}

void print(const eval::SamePersonFigures& figures) {
    std::cout << "  stays of " << figures.people << " people, " << figures.pairs_of_one_camera << " pairs by one camera, "
              << figures.pairs_of_two_cameras << " by two, of different people\n";
    for (const eval::SamePerson& one : figures.at)
        std::printf("  cosine %.3f  false matches %.4f (%.4f to %.4f)  true matches %.3f (%.3f to %.3f)\n",
                    static_cast<double>(one.cosine), one.false_matches.value, one.false_matches.low,
                    one.false_matches.high, one.true_matches.value, one.true_matches.low, one.true_matches.high);
}

Result<int> reid(Options options) {
    if (options.multiple && options.same_camera)
        return Error{Fault::BadInput, "--multiple takes the pictures of the query's camera, --same-camera ranks them: "
                                      "choose one"};
    name_data(options, NamedBy::Folder);
    MIEN_LET(set, eval::read_reid(options.data, options.layout, options.boxes));
    pipeline::OpenOptions open;
    open.lanes = workers_of(options);
    open.threads = 1;
    MIEN_LET(embedder, open_embedder(options.model, std::move(open)));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(queries, templates_of(embedder, set.queries, shown_on(bar, "queries"), workers_of(options)));
    MIEN_LET(gallery, templates_of(embedder, set.gallery, shown_on(bar, "gallery"), workers_of(options)));
    if (!options.templates.empty()) MIEN_TRY(write_templates(options.templates, set, queries, gallery));
    std::optional<eval::SamePersonFigures> same;
    if (options.thresholds) {
        MIEN_LET(figures, eval::same_person(set, queries, gallery, wished_rates, options.cosines));
        same = std::move(figures);
    }
    if (options.multiple) {
        MIEN_LET(multiple, eval::multiple_queries(set, queries, gallery));
        queries = std::move(multiple);
    }
    MIEN_LET(distances, options.rerank ? body::rerank(queries, gallery) : body::distances(queries, gallery));
    const auto removed = options.same_camera ? eval::Removed::Nothing : eval::Removed::SameCamera;
    MIEN_LET(figures, eval::judge_reid(set, distances, removed));
    if (options.json) {
        Json document{{"evaluation", "reid"},
                    {"data", options.data_name},
                    {"model", options.model},
                    {"reranked", options.rerank},
                    {"same_camera_kept", options.same_camera},
                    {"query", options.multiple ? "multiple" : "single"},
                    {"queries", figures.queries},
                    {"queries_without_match", figures.without_match},
                    {"gallery", set.gallery.size()},
                    {"people", figures.people},
                    {"interval", "95 %, bootstrap over people"},
                    {"metrics", metrics_of(figures)}};
        if (same) document["same_person"] = json_of(*same);
        print_json(document);
        return done;
    }
    std::cout << options.data_name << ": " << figures.queries << " queries of " << figures.people << " people, gallery "
              << set.gallery.size() << ", " << figures.without_match << " queries without a match left out; "
              << options.model << (options.rerank ? ", re-ranked" : "")
              << (options.multiple ? ", multiple query" : "") << '\n';
    if (options.same_camera)
        std::cout << "  pictures of the same camera are kept: no measure of re-identification across cameras\n";
    print_metrics(metrics_of(figures), Shown::Percent);
    if (same) print(*same);
    return done;
}

}  // namespace

void add_eval_reid(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("reid", "How well people are found again by their looks: Rank-k, mAP, mINP");
    app->add_option("folder", options->data, "The set as it is unpacked")->required();
    const std::map<std::string, eval::ReidLayout> layouts{{"market1501", eval::ReidLayout::Market1501},
                                                          {"duke", eval::ReidLayout::Duke},
                                                          {"cuhk03", eval::ReidLayout::Cuhk03},
                                                          {"msmt17", eval::ReidLayout::Msmt17}};
    app->add_option("--layout", options->layout, "market1501, duke, cuhk03 (new protocol) or msmt17")
        ->transform(CLI::CheckedTransformer(layouts, CLI::ignore_case))
        ->default_str("market1501");
    const std::map<std::string, eval::Cuhk03Boxes> boxes{{"labelled", eval::Cuhk03Boxes::Labelled},
                                                         {"detected", eval::Cuhk03Boxes::Detected}};
    app->add_option("--boxes", options->boxes, "Of CUHK03: labelled or detected")
        ->transform(CLI::CheckedTransformer(boxes, CLI::ignore_case))
        ->default_str("detected");
    app->add_option("--model", options->model, "Body template by its name in `mien models list`, or stripes")
        ->capture_default_str();
    app->add_flag("--rerank", options->rerank, "Re-rank by k-reciprocal neighbours");
    app->add_flag("--same-camera", options->same_camera, "Keep pictures of the query's own camera: for sets of one");
    app->add_flag("--multiple", options->multiple,
                  "Multiple query: a query is the mean of all pictures of its person by its camera");
    app->add_flag("--thresholds", options->thresholds,
                  "Also the cosines at which one in 10, 100 and 1000 pairs of different people match, from the mean of "
                  "each person's pictures by each camera");
    app->add_option("--cosines", options->cosines, "With --thresholds: three cosines from another set, judged on this")
        ->expected(3);
    app->add_option("--templates", options->templates, "Write all templates to FILE.csv, for checks");
    add_evaluation_options(*app, *options, Offers::Workers);
    app->footer("Example:\n  mien eval reid Market-1501-v15.09.15 --model omz-person-reidentification-retail-0287");
    run_when_chosen(*app, action, options, reid);
}

}  // namespace mien::cli
