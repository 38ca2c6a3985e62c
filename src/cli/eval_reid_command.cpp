#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>

#include "base/file.h"
#include "cli/bodies.h"
#include "cli/eval_commands.h"
#include "eval/reid.h"
#include "eval/same_person.h"
#include "media/read_picture.h"
#include "pipeline/body_likeness.h"

namespace mien::cli {
namespace {

struct Options : EvaluationOptions {
    eval::ReidLayout layout = eval::ReidLayout::Market1501;
    eval::Cuhk03Boxes boxes = eval::Cuhk03Boxes::Detected;
    std::string model = pipeline::stripes_embedder;
    bool rerank = false;
    bool same_camera = false;
    bool multiple = false;
    bool ways = false;
    bool thresholds = false;
    std::string templates{};  // a file to write
};

const std::vector<double> wished_rates{0.1, 0.01, 0.001};

struct Way {
    bool multiple = false;
    bool rerank = false;
};
const std::vector<Way> every_way{{false, false}, {false, true}, {true, false}, {true, true}};

const char* query_of(const Way& way) {
    return way.multiple ? "multiple" : "single";
}

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

// First at the wished rates, then at what is shipped for the maker (pipeline/body_likeness.h), if it was measured.
std::string name_of_place(std::size_t i, std::vector<std::string> shipped) {
    if (i < wished_rates.size()) return "false match rate " + Json(wished_rates[i]).dump();
    return "shipped " + shipped[i - wished_rates.size()];
}

Json json_of(const std::vector<eval::SamePerson>& figures, const std::vector<std::string>& shipped) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < figures.size(); ++i)
        rows.push_back({{"at", name_of_place(i, shipped)},
                        {"cosine", figures[i].cosine},
                        {"false_match_rate", cli::json_of(figures[i].false_matches)},
                        {"true_match_rate", cli::json_of(figures[i].true_matches)}});
    return rows;
}

const std::vector<std::string> shipped_stays{"same_visitor"};
const std::vector<std::string> shipped_pictures{"alike", "same_again"};

Json json_of(const eval::SamePersonFigures& figures) {
    return {{"people", figures.people},
            {"stay_pairs", figures.stay_pairs},
            {"picture_pairs", figures.picture_pairs},
            {"stays", json_of(figures.stays, shipped_stays)},
            {"pictures", json_of(figures.pictures, shipped_pictures)}};
}

void print(const std::vector<eval::SamePerson>& figures, const std::vector<std::string>& shipped) {
    for (std::size_t i = 0; i < figures.size(); ++i) {
        const eval::SamePerson& one = figures[i];
        std::printf("    %-24s cosine %.3f  false matches %.4f (%.4f to %.4f)  true matches %.3f (%.3f to %.3f)\n",
                    name_of_place(i, shipped).c_str(), static_cast<double>(one.cosine), one.false_matches.value,
                    one.false_matches.low, one.false_matches.high, one.true_matches.value, one.true_matches.low,
                    one.true_matches.high);
    }
}

void print(const eval::SamePersonFigures& figures) {
    std::cout << "  stays of " << figures.people << " people, " << figures.stay_pairs
              << " pairs of different people; true pairs by two cameras" << std::endl;
    print(figures.stays, shipped_stays);
    std::cout << "  pictures against stays by the same camera, " << figures.picture_pairs
              << " pairs of different people" << std::endl;
    print(figures.pictures, shipped_pictures);
}

Result<eval::SamePersonFigures> same_person(const eval::ReidSet& set, const std::vector<Template>& queries,
                                            const std::vector<Template>& gallery, const Maker& maker) {
    eval::SamePersonWish wish{.rates = wished_rates};
    if (const auto likeness = pipeline::body_likeness(maker)) {
        if (likeness->same_visitor) wish.stays_at = {*likeness->same_visitor};
        wish.pictures_at = {likeness->alike, likeness->same_again};
    }
    return eval::same_person(set, queries, gallery, wish);
}

Result<int> reid(Options options) {
    if ((options.multiple || options.ways) && options.same_camera)
        return Error{Fault::BadInput,
                     "--multiple and --ways take the pictures of the query's camera, "
                     "--same-camera ranks them: "
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
        MIEN_LET(figures, same_person(set, queries, gallery, embedder.maker()));
        same = std::move(figures);
    }
    const auto judge = [&](const Way& way) -> Result<eval::ReidFigures> {
        std::vector<Template> asked = queries;
        if (way.multiple) {
            MIEN_LET(multiple, eval::multiple_queries(set, queries, gallery));
            asked = std::move(multiple);
        }
        MIEN_LET(distances, way.rerank ? body::rerank(asked, gallery) : body::distances(asked, gallery));
        return eval::judge_reid(set, distances,
                                options.same_camera ? eval::Removed::Nothing : eval::Removed::SameCamera);
    };
    MIEN_LET(figures, judge({options.multiple, options.rerank}));
    Json ways = Json::array();
    for (const Way& way : options.ways ? every_way : std::vector<Way>{}) {
        MIEN_LET(one, judge(way));
        ways.push_back({{"query", query_of(way)}, {"reranked", way.rerank}, {"metrics", metrics_of(one)}});
    }
    if (options.json) {
        Json document{{"evaluation", "reid"},
                      {"data", options.data_name},
                      {"model", options.model},
                      {"reranked", options.rerank},
                      {"same_camera_kept", options.same_camera},
                      {"query", query_of({options.multiple, options.rerank})},
                      {"queries", figures.queries},
                      {"queries_without_match", figures.without_match},
                      {"gallery", set.gallery.size()},
                      {"people", figures.people},
                      {"interval", "95 %, bootstrap over people"},
                      {"metrics", metrics_of(figures)}};
        if (options.ways) document["ways"] = ways;
        if (same) document["same_person"] = json_of(*same);
        print_json(document);
        return done;
    }
    std::cout << options.data_name << ": " << figures.queries << " queries of " << figures.people << " people, gallery "
              << set.gallery.size() << ", " << figures.without_match << " queries without a match left out; "
              << options.model << (options.rerank ? ", re-ranked" : "") << (options.multiple ? ", multiple query" : "")
              << '\n';
    if (options.same_camera)
        std::cout << "  pictures of the same camera are kept: no measure of re-identification across cameras\n";
    print_metrics(metrics_of(figures), Shown::Percent);
    for (const Json& way : ways) {
        std::cout << "  " << way["query"].get<std::string>() << " query" << (way["reranked"] ? ", re-ranked" : "")
                  << '\n';
        print_metrics(way["metrics"], Shown::Percent);
    }
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
    app->add_flag("--ways", options->ways, "All four in one run: single and multiple query, plain and re-ranked");
    app->add_flag(
        "--thresholds", options->thresholds,
        "Also the cosines at which one in 10, 100 and 1000 pairs of different people match, and what the shipped "
        "ones tell on this set");
    app->add_option("--templates", options->templates, "Write all templates to FILE.csv, for checks");
    add_evaluation_options(*app, *options, Offers::Workers);
    app->footer("Example:\n  mien eval reid Market-1501-v15.09.15 --model omz-person-reidentification-retail-0287");
    run_when_chosen(*app, action, options, reid);
}

}  // namespace mien::cli
