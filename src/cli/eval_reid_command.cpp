#include <iostream>
#include <map>

#include "cli/bodies.h"
#include "cli/eval_commands.h"
#include "eval/reid.h"
#include "media/read_picture.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    eval::ReidLayout layout = eval::ReidLayout::Market1501;
    eval::Cuhk03Boxes boxes = eval::Cuhk03Boxes::Detected;
    std::string model = pipeline::stripes_embedder;
    bool rerank = false;
    bool same_camera = false;
};

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

Result<int> reid(Options options) {
    name_data(options, NamedBy::Folder);
    MIEN_LET(set, eval::read_reid(options.data, options.layout, options.boxes));
    pipeline::OpenOptions open;
    open.lanes = workers_of(options);
    open.threads = 1;
    MIEN_LET(embedder, open_embedder(options.model, std::move(open)));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(queries, templates_of(embedder, set.queries, shown_on(bar, "queries"), workers_of(options)));
    MIEN_LET(gallery, templates_of(embedder, set.gallery, shown_on(bar, "gallery"), workers_of(options)));
    MIEN_LET(distances, options.rerank ? body::rerank(queries, gallery) : body::distances(queries, gallery));
    const auto removed = options.same_camera ? eval::Removed::Nothing : eval::Removed::SameCamera;
    MIEN_LET(figures, eval::judge_reid(set, distances, removed));
    if (options.json) {
        print_json({{"evaluation", "reid"},
                    {"data", options.data_name},
                    {"model", options.model},
                    {"reranked", options.rerank},
                    {"same_camera_kept", options.same_camera},
                    {"queries", figures.queries},
                    {"queries_without_match", figures.without_match},
                    {"gallery", set.gallery.size()},
                    {"people", figures.people},
                    {"interval", "95 %, bootstrap over people"},
                    {"metrics", metrics_of(figures)}});
        return done;
    }
    std::cout << options.data_name << ": " << figures.queries << " queries of " << figures.people << " people, gallery "
              << set.gallery.size() << ", " << figures.without_match << " queries without a match left out; "
              << options.model << (options.rerank ? ", re-ranked" : "") << '\n';
    if (options.same_camera)
        std::cout << "  pictures of the same camera are kept: no measure of re-identification across cameras\n";
    print_metrics(metrics_of(figures), Shown::Percent);
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
    add_evaluation_options(*app, *options, Offers::Workers);
    app->footer("Example:\n  mien eval reid Market-1501-v15.09.15 --model omz-person-reidentification-retail-0287");
    run_when_chosen(*app, action, options, reid);
}

}  // namespace mien::cli
