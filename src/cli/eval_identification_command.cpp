#include <iostream>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "eval/identification.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

using eval::IdentificationRun;
using eval::LabelledPicture;

struct Options {
    std::string pairs{};
    std::string tree{};
    std::string data_name{};
    std::string report{};
    std::vector<std::string> folds{};
    std::vector<std::string> choosing{};
    std::string fusion = "best";
    std::size_t enrolled = 0;
    std::size_t references = 1;
    std::size_t draws = 10;
    std::size_t rank = 1;
    int workers = 0;
    int views = 1;
    bool json = false;
};

// What thresholds from the choosing folds do on the others.
struct HeldOut {
    double fpir = 0;
    float threshold = 0;
    statistics::IdentificationAt seen{};
};

Json json_of(const statistics::Interval& i) {
    return {{"value", i.value}, {"low", i.low}, {"high", i.high}};
}

// 0.01 → 1e-2, 0.003 → 3e-3
std::string power_of_ten(double rate) {
    const double exponent = std::floor(std::log10(rate) + 1e-9);
    const double digits = rate / std::pow(10, exponent);
    std::string text = std::to_string(std::lround(digits * 10));
    if (text.ends_with("0")) text.pop_back();
    return text + "e" + std::to_string(static_cast<int>(exponent));
}

Json metrics_of(const statistics::IdentificationFigures& figures) {
    Json metrics = Json::object();
    for (const std::size_t rank : {1, 5, 20})
        if (rank <= figures.cmc.size()) metrics["rank" + std::to_string(rank)] = json_of(figures.cmc[rank - 1]);
    for (const auto& at : figures.at_fpir) {
        Json entry = json_of(at.fnir);
        entry["threshold"] = rounded(at.threshold);
        entry["supported"] = at.supported;
        metrics["fnir_at_fpir_" + power_of_ten(at.fpir)] = std::move(entry);
    }
    metrics["failure_to_acquire"] = json_of(figures.failure_to_acquire);
    return metrics;
}

void add_held_out(Json& metrics, const std::vector<HeldOut>& held_out) {
    for (const HeldOut& h : held_out) {
        metrics["held_out_fpir_at_" + power_of_ten(h.fpir)] = json_of(h.seen.fpir);
        metrics["held_out_fnir_at_" + power_of_ten(h.fpir)] = json_of(h.seen.fnir);
    }
}

void print_as_json(const IdentificationRun& run, const std::vector<HeldOut>& held_out, const Options& options) {
    const auto& first = run.ways.front().figures;
    Json failures = Json::array();
    for (const auto& failure : run.failures) failures.push_back({{"file", failure.file}, {"why", failure.why}});
    Json metrics = metrics_of(first);
    add_held_out(metrics, held_out);
    Json cmc = Json::array();
    for (const auto& share : first.cmc) cmc.push_back(share.value);
    Json document{{"evaluation", "face-identification"},
                  {"data", options.data_name},
                  {"maker", run.maker},
                  {"pictures", run.pictures},
                  {"subjects", run.subjects},
                  {"enrolled", run.enrolled},
                  {"templates", run.templates},
                  {"references", options.references},
                  {"draws", first.galleries},
                  {"rank", options.rank},
                  {"mated_searches", first.mated},
                  {"mated_subjects", first.mated_subjects},
                  {"non_mated_searches", first.non_mated},
                  {"non_mated_subjects", first.non_mated_subjects},
                  {"fpir_claim_limit", first.claim_limit()},
                  {"interval", "95 %, bootstrap over subjects and galleries"},
                  {"fusion", eval::name_of(run.ways.front().fusion)},
                  {"metrics", std::move(metrics)},
                  {"cmc", std::move(cmc)},
                  {"failures", std::move(failures)}};
    for (std::size_t i = 1; i < run.ways.size(); ++i)
        document["other_fusions"][std::string(eval::name_of(run.ways[i].fusion))] = metrics_of(run.ways[i].figures);
    print_json(document);
}

void print_metrics(const Json& metrics) {
    for (const auto& [name, value] : metrics.items())
        std::printf("  %-24s %8.3f %%   (95 %% interval %.3f to %.3f)%s\n", name.c_str(),
                    value["value"].get<double>() * 100, value["low"].get<double>() * 100,
                    value["high"].get<double>() * 100,
                    value.value("supported", true) ? "" : "   too few strangers to prove this FPIR");
}

void print(const IdentificationRun& run, const std::vector<HeldOut>& held_out, const Options& options) {
    const auto& first = run.ways.front().figures;
    std::cout << options.data_name << ": " << run.subjects << " subjects, " << first.galleries
              << " galleries of N = " << run.enrolled << "; " << first.mated << " mated searches for "
              << first.mated_subjects << " subjects, " << first.non_mated << " non-mated for "
              << first.non_mated_subjects << "; " << run.maker << '\n';
    for (const auto& way : run.ways) {
        if (run.ways.size() > 1) std::cout << "fusion " << eval::name_of(way.fusion) << ":\n";
        Json metrics = metrics_of(way.figures);
        if (&way == &run.ways.front()) add_held_out(metrics, held_out);
        print_metrics(metrics);
    }
    std::printf("  the strangers prove no FPIR below %.3g %% (three over their number)\n", first.claim_limit() * 100);
    for (const auto& failure : run.failures)
        std::cout << "  not acquired: " << failure.file << ": " << failure.why << '\n';
}

struct Data {
    std::filesystem::path folder{};
    std::vector<LabelledPicture> pictures{};
    std::vector<LabelledPicture> choosing{};  // empty: nothing is chosen
};

Result<Data> read_data(Options& options) {
    if (options.pairs.empty() == options.tree.empty())
        return Error{Fault::BadInput, "say --pairs LIST.csv or --tree FOLDER, one of the two"};
    Data data;
    if (options.pairs.empty()) {
        if (!options.folds.empty() || !options.choosing.empty())
            return Error{Fault::BadInput, "a folder tree has no folds: --folds and --choose-folds go with --pairs"};
        data.folder = options.tree;
        MIEN_LET(pictures, eval::pictures_of_tree(data.folder));
        data.pictures = std::move(pictures);
    } else {
        MIEN_LET(bytes, read_file(options.pairs));
        auto pairs = eval::read_pairs(bytes, eval::Scores::None);
        if (!pairs) return Error{pairs.error().fault, options.pairs + ": " + pairs.error().message};
        data.folder = std::filesystem::path(options.pairs).parent_path();
        MIEN_LET(pictures, eval::pictures_of_pairs(*pairs, options.folds));
        data.pictures = std::move(pictures);
        if (!options.choosing.empty()) {
            MIEN_LET(choosing, eval::pictures_of_pairs(*pairs, options.choosing));
            data.choosing = std::move(choosing);
        }
    }
    for (const LabelledPicture& picture : data.choosing)
        if (std::ranges::find(data.pictures, picture.subject, &LabelledPicture::subject) != data.pictures.end())
            return Error{Fault::BadInput, "'" + picture.subject +
                                              "' is in the folds that choose and in those that report: give --folds "
                                              "and --choose-folds without a common subject"};
    if (options.data_name.empty())
        options.data_name = std::filesystem::absolute(data.folder / ".").parent_path().filename().string();
    return data;
}

Result<int> identification(Options options) {
    MIEN_LET(data, read_data(options));
    const int workers = options.workers > 0 ? options.workers : pipeline::cores();
    MIEN_LET(faces, open_faces({.lanes = workers, .threads = 1, .views = views_of(options.views)}));
    std::set<std::string> files;
    for (const auto* pictures : {&data.pictures, &data.choosing})
        for (const LabelledPicture& picture : *pictures) files.insert(picture.file);
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(samples, eval::make_samples(faces, files, {data.folder, workers, [&bar](std::size_t now, std::size_t all) {
                                                            bar.show("samples", static_cast<double>(now),
                                                                     static_cast<double>(all));
                                                        }}));
    eval::IdentificationOptions how;
    how.enrolled = options.enrolled;
    how.references = options.references;
    how.draws = options.draws;
    how.fusion = options.fusion == "mean" ? eval::Fusion::Mean : eval::Fusion::Best;
    how.question.rank = options.rank;
    how.question.most_rank = std::max<std::size_t>(50, options.rank);
    std::vector<HeldOut> held_out;
    std::optional<IdentificationRun> choice;
    if (!data.choosing.empty()) {
        MIEN_LET(chosen, eval::run_identification(data.choosing, samples, how));
        how.enrolled = chosen.enrolled;  // an FPIR is one of a gallery's size
        choice = std::move(chosen);
    }
    MIEN_LET(run, eval::run_identification(data.pictures, samples, how));
    if (choice) {
        for (const auto& at : choice->ways.front().figures.at_fpir)
            held_out.push_back(
                {at.fpir, at.threshold,
                 statistics::judge_identification_at(run.ways.front().searches, at.threshold, options.rank)});
    }
    if (!options.report.empty())
        MIEN_TRY(write_file(options.report, eval::identification_page(run, options.rank, options.data_name)));
    if (options.json)
        print_as_json(run, held_out, options);
    else
        print(run, held_out, options);
    return done;
}

}  // namespace

void add_eval_identification(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("face-identification",
                                        "1:N error rates: rank 1, CMC and FNIR at FPIR among people and strangers");
    app->add_option("--pairs", options->pairs,
                    "CSV as for face-verification; read only for who is on which picture (columns subject_a, "
                    "subject_b, or the file's name up to its last underscore)");
    app->add_option("--tree", options->tree, "Instead: a folder with one sub-folder a subject");
    app->add_option("--folds", options->folds, "Only these folds of the list")->delimiter(',');
    app->add_option("--choose-folds", options->choosing,
                    "Find thresholds on these folds, too, at the same N, and say what they do on --folds")
        ->delimiter(',');
    app->add_option("--enrol", options->enrolled, "N: subjects enrolled at a time; 0: half of them")
        ->capture_default_str();
    app->add_option("--references", options->references,
                    "Pictures enrolled of each subject, as far as one is left to search with; with several, all ways "
                    "of fusion are judged on the same searches")
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    app->add_option("--fusion", options->fusion, "Which way the figures are of: best or mean of a subject's templates")
        ->capture_default_str()
        ->check(CLI::IsMember({"best", "mean"}));
    app->add_option("--draws", options->draws, "Random choices of who is enrolled; the same ones each time")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app->add_option("--rank", options->rank, "R of FNIR(N, R, T): among how many candidates the subject must be")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app->add_option("--workers", options->workers, "Pictures at the same time; 0: one for each core");
    add_views_option(*app, options->views);
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->add_option("--report", options->report, "Leave a page with plots in this HTML file");
    app->add_option("--data-name", options->data_name,
                    "What the figures are said to be measured on; default: the folder's name");
    app->footer(
        "Enrolled subjects' other pictures are searched for (mated), and one picture of everybody else (non-mated).\n\n"
        "Examples:\n  mien eval face-identification --pairs lfw/pairs.csv --choose-folds 1,2 --folds 3,4,5\n  "
        "mien eval face-identification --tree people/ --references 2 --report people.html");
    app->callback([options, action] {
        *action = [options] {
            const auto code = identification(*options);
            return code ? *code : report(code.error());
        };
    });
}

}  // namespace mien::cli
