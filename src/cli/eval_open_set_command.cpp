#include <iostream>

#include "base/file.h"
#include "cli/eval_commands.h"
#include "cli/faces.h"
#include "eval/open_set.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

using eval::LabelledPicture;
using eval::OpenSetRun;

struct Options : EvaluationOptions {  // data: the list of pairs
    std::string tree{};
    std::vector<std::string> folds{};
    std::vector<std::string> choosing{};
    std::string fusion = "as_one";
    std::string calibration{};
    std::size_t enrolled = 0;
    std::vector<std::size_t> references{1};
    std::vector<std::size_t> probe_pictures{1};
    bool complete = false;
    std::size_t draws = 10;
    std::size_t rank = 1;
    int views = 1;
};

// What thresholds from the choosing folds do on the others.
struct HeldOut {
    double fpir = 0;
    float threshold = 0;
    statistics::IdentificationAt seen{};
};

// One way of fusion with one number of pictures, beside the others.
struct Judged {
    std::size_t references = 0;
    std::size_t probe_pictures = 0;
    eval::Fusion fusion = eval::Fusion::One;
    statistics::IdentificationFigures figures{};
    std::optional<double> fnir_choosing{};    // at the FPIR below, on the folds that choose
    statistics::Interval less_than_as_one{};  // FNIR minus that of the pictures compared as one, same draws
    std::optional<statistics::IdentificationAt> at_single{};  // at the threshold of single pictures, from the folds
                                                              // that choose
};
constexpr double compared_fpir = 1e-2;

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

const char* name_of(statistics::TailClaim::Route route) {
    switch (route) {
        case statistics::TailClaim::Route::Fmr:
            return "fmr";
        case statistics::TailClaim::Route::Independent:
            return "fpir_independent";
        case statistics::TailClaim::Route::Clustered:
            return "fpir_clustered";
        case statistics::TailClaim::Route::Extremes:
            return "fpir_extremes";
    }
    return "";
}

Json claims_as_json(const std::vector<statistics::TailClaim>& claims) {
    Json json = Json::array();
    for (const auto& c : claims)
        json.push_back({{"route", name_of(c.route)},
                        {"claimed", c.claimed},
                        {"refused", c.refused},
                        {"threshold", rounded(c.threshold)},
                        {"fitted", json_of(c.fitted)},
                        {"observed", json_of(c.observed)}});
    return json;
}

void print(const std::vector<statistics::TailClaim>& claims, const char* which) {
    std::printf("  tail fitted on %s:\n  %-18s %9s %9s   %-20s %s\n", which, "route", "claimed %", "threshold",
                "the fit's own", "observed on the others %");
    for (const auto& c : claims) {
        std::array<char, 64> own{};
        if (c.fitted.high > 0)
            std::snprintf(own.data(), own.size(), "%.4f to %.4f", c.fitted.low * 100, c.fitted.high * 100);
        std::printf("  %-18s %9.4f %9.4f   %-20s %.4f (%.4f to %.4f)%s\n", name_of(c.route), c.claimed * 100,
                    c.threshold, own.data(), c.observed.value * 100, c.observed.low * 100, c.observed.high * 100,
                    c.refused ? "   would be refused" : "");
    }
}

Json as_json(const std::vector<Judged>& judged) {
    Json json = Json::array();
    for (const Judged& j : judged) {
        Json entry{{"references", j.references},
                   {"probe_pictures", j.probe_pictures},
                   {"fusion", eval::name_of(j.fusion)},
                   {"mated_searches", j.figures.mated},
                   {"mated_subjects", j.figures.mated_subjects},
                   {"non_mated_subjects", j.figures.non_mated_subjects},
                   {"metrics", metrics_of(j.figures)},
                   {"fnir_minus_as_one", json_of(j.less_than_as_one)}};
        if (j.fnir_choosing) entry["fnir_on_choosing_folds"] = rounded(*j.fnir_choosing);
        if (j.at_single)
            entry["at_threshold_of_single_pictures"] = {{"fpir", json_of(j.at_single->fpir)},
                                                        {"fnir", json_of(j.at_single->fnir)}};
        json.push_back(std::move(entry));
    }
    return json;
}

void print(const std::vector<Judged>& judged) {
    std::printf(
        "  at FPIR %.3g %%; 'single' is the threshold of single pictures from the choosing folds\n"
        "  %-8s %-8s %-8s %-20s %-22s %-22s %9s %s\n",
        compared_fpir * 100, "enrolled", "probe", "fusion", "rank 1 %", "FNIR %", "minus as one", "choosing",
        "FPIR / FNIR % at single");
    for (const Judged& j : judged) {
        const auto& fnir = j.figures.at_fpir.front().fnir;
        const auto& first = j.figures.cmc.front();
        std::printf("  %-8zu %-8zu %-8s %5.1f (%.1f to %.1f)  %5.1f (%.1f to %.1f)%s  %+5.1f (%+.1f to %+.1f)  %7.1f",
                    j.references, j.probe_pictures, std::string(eval::name_of(j.fusion)).c_str(), first.value * 100,
                    first.low * 100, first.high * 100, fnir.value * 100, fnir.low * 100, fnir.high * 100,
                    j.figures.at_fpir.front().supported ? "" : " ?", j.less_than_as_one.value * 100,
                    j.less_than_as_one.low * 100, j.less_than_as_one.high * 100, j.fnir_choosing.value_or(0) * 100);
        if (j.at_single)
            std::printf("  %.2f (%.2f to %.2f) / %.1f", j.at_single->fpir.value * 100, j.at_single->fpir.low * 100,
                        j.at_single->fpir.high * 100, j.at_single->fnir.value * 100);
        std::printf("\n");
    }
}

void print_as_json(const OpenSetRun& run, const std::vector<HeldOut>& held_out,
                   const std::optional<eval::TailCheck>& tail, const std::vector<Judged>& judged,
                   const Options& options) {
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
                  {"references", options.references.front()},
                  {"probe_pictures", options.probe_pictures.front()},
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
    if (tail)
        document["tail"] = {{"enrolled", tail->enrolled},
                            {"choosing_to_reporting", claims_as_json(tail->there)},
                            {"reporting_to_choosing", claims_as_json(tail->back)}};
    for (std::size_t i = 1; i < run.ways.size(); ++i)
        document["other_fusions"][std::string(eval::name_of(run.ways[i].fusion))] = metrics_of(run.ways[i].figures);
    if (judged.size() > run.ways.size()) document["combinations"] = as_json(judged);
    print_json(document);
}

void print_unsupported(const statistics::IdentificationFigures& figures) {
    for (const auto& at : figures.at_fpir)
        if (!at.supported) std::cout << "  too few strangers to prove an FPIR of " << power_of_ten(at.fpir) << '\n';
}

void print(const OpenSetRun& run, const std::vector<HeldOut>& held_out, const std::optional<eval::TailCheck>& tail,
           const std::vector<Judged>& judged, const Options& options) {
    const auto& first = run.ways.front().figures;
    std::cout << options.data_name << ": " << run.subjects << " subjects, " << first.galleries
              << " galleries of N = " << run.enrolled << "; " << first.mated << " mated searches for "
              << first.mated_subjects << " subjects, " << first.non_mated << " non-mated for "
              << first.non_mated_subjects << "; " << run.maker << '\n';
    for (const auto& way : run.ways) {
        if (run.ways.size() > 1) std::cout << "fusion " << eval::name_of(way.fusion) << ":\n";
        Json metrics = metrics_of(way.figures);
        if (&way == &run.ways.front()) add_held_out(metrics, held_out);
        print_metrics(metrics, Shown::Percent);
        print_unsupported(way.figures);
    }
    std::printf("  the strangers prove no FPIR below %.3g %% (three over their number)\n", first.claim_limit() * 100);
    if (tail) {
        print(tail->there, "the choosing folds");
        print(tail->back, "the reporting folds");
    }
    if (judged.size() > run.ways.size()) print(judged);
    for (const auto& failure : run.failures)
        std::cout << "  not acquired: " << failure.file << ": " << failure.why << '\n';
}

struct Data {
    std::filesystem::path folder{};
    std::vector<LabelledPicture> pictures{};
    std::vector<LabelledPicture> choosing{};  // empty: nothing is chosen
};

Result<Data> read_data(Options& options) {
    if (options.data.empty() == options.tree.empty())
        return Error{Fault::BadInput, "say --pairs LIST.csv or --tree FOLDER, one of the two"};
    Data data;
    if (options.data.empty()) {
        if (!options.folds.empty() || !options.choosing.empty())
            return Error{Fault::BadInput, "a folder tree has no folds: --folds and --choose-folds go with --pairs"};
        data.folder = options.tree;
        MIEN_LET(pictures, eval::pictures_of_tree(data.folder));
        data.pictures = std::move(pictures);
    } else {
        MIEN_LET(pairs, read_pairs(options, eval::Scores::None));
        data.folder = std::filesystem::path(options.data).parent_path();
        MIEN_LET(pictures, eval::pictures_of_pairs(pairs, options.folds));
        data.pictures = std::move(pictures);
        if (!options.choosing.empty()) {
            MIEN_LET(choosing, eval::pictures_of_pairs(pairs, options.choosing));
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

Result<statistics::Calibration> calibration_for(const Options& options, const Maker& maker) {
    if (options.calibration.empty()) return pipeline::shipped_calibration(maker);
    MIEN_LET(bytes, read_file(options.calibration));
    return pipeline::read_calibration(bytes);
}

eval::Fusion fusion_named(std::string_view name) {
    for (const eval::Fusion fusion : {eval::Fusion::Best, eval::Fusion::Mean, eval::Fusion::TopTwo})
        if (eval::name_of(fusion) == name) return fusion;
    return eval::Fusion::AsOne;
}

std::optional<float> threshold_of(const OpenSetRun& run) {
    const auto& all = run.ways.front().figures.at_fpir;
    const auto at = std::ranges::find(all, compared_fpir, &statistics::FnirAtFpir::fpir);
    return at == all.end() ? std::nullopt : std::optional(at->threshold);
}

std::vector<HeldOut> held_out_of(const OpenSetRun& run, const OpenSetRun& choice, std::size_t rank) {
    std::vector<HeldOut> held_out;
    for (const auto& at : choice.ways.front().figures.at_fpir)
        held_out.push_back({at.fpir, at.threshold,
                            statistics::judge_identification_at(run.ways.front().searches, at.threshold, rank)});
    return held_out;
}

struct Pictures {
    std::size_t references = 0;
    std::size_t of_a_probe = 0;
};

// Adds every way of `run` to `judged`.
void judge(const OpenSetRun& run, const std::optional<OpenSetRun>& choice, std::optional<float> single,
           std::size_t rank, Pictures pictures, std::vector<Judged>& judged) {
    const auto base = std::ranges::find(run.ways, eval::Fusion::AsOne, &eval::FusedFigures::fusion);
    for (const eval::FusedFigures& way : run.ways) {
        Judged& j = judged.emplace_back(Judged{pictures.references, pictures.of_a_probe, way.fusion, way.figures});
        if (base != run.ways.end() && &way != &*base)
            j.less_than_as_one = statistics::fnir_difference(way.searches, base->searches, compared_fpir, rank);
        if (single) j.at_single = statistics::judge_identification_at(way.searches, *single, rank);
        if (choice)
            j.fnir_choosing =
                choice->ways[static_cast<std::size_t>(&way - run.ways.data())].figures.at_fpir.front().fnir.value;
    }
}

Result<int> identification(Options options) {
    MIEN_LET(data, read_data(options));
    MIEN_LET(faces, open_faces(options, {.views = views_of(options.views)}));
    std::set<std::string> files;
    for (const auto* pictures : {&data.pictures, &data.choosing})
        for (const LabelledPicture& picture : *pictures) files.insert(picture.file);
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(samples, eval::make_samples(faces, files, {data.folder, workers_of(options), shown_on(bar, "samples")}));
    eval::OpenSetOptions how;
    how.enrolled = options.enrolled;
    how.draws = options.draws;
    how.fusion = fusion_named(options.fusion);
    if (options.complete) how.who = eval::OpenSetOptions::Who::WithAllPictures;
    if (std::ranges::max(options.references) > 1 || std::ranges::max(options.probe_pictures) > 1) {
        MIEN_LET(calibration, calibration_for(options, faces.maker()));
        how.calibration = std::move(calibration);
    }
    how.question.rank = options.rank;
    how.question.most_rank = std::max<std::size_t>(50, options.rank);
    std::vector<HeldOut> held_out;
    std::optional<OpenSetRun> first;
    std::optional<eval::TailCheck> tail;
    std::optional<float> single;  // threshold
    std::vector<Judged> judged;
    for (const std::size_t references : options.references) {
        for (const std::size_t pictures : options.probe_pictures) {
            how.references = references;
            how.probe_pictures = pictures;
            std::optional<OpenSetRun> choice;
            if (!data.choosing.empty()) {
                MIEN_LET(chosen, eval::run_open_set(data.choosing, samples, how));
                how.enrolled = chosen.enrolled;  // an FPIR is one of a gallery's size
                if (references == 1 && pictures == 1) single = threshold_of(chosen);
                choice = std::move(chosen);
            }
            MIEN_LET(run, eval::run_open_set(data.pictures, samples, how));
            judge(run, choice, single, options.rank, {references, pictures}, judged);
            if (first) continue;
            if (choice) held_out = held_out_of(run, *choice, options.rank);
            first = std::move(run);
        }
    }
    if (!data.choosing.empty()) {
        auto checked = eval::check_tails(data.choosing, data.pictures, samples, how.enrolled);
        if (checked)
            tail = std::move(*checked);
        else
            std::cerr << "mien: the tail is not checked: " << checked.error().message << '\n';
    }
    MIEN_TRY(leave_report(options, [&] { return eval::open_set_page(*first, options.rank, options.data_name); }));
    if (options.json)
        print_as_json(*first, held_out, tail, judged, options);
    else
        print(*first, held_out, tail, judged, options);
    return done;
}

}  // namespace

void add_eval_open_set(CLI::App& eval, const Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* app = eval.add_subcommand("face-identification",
                                        "1:N error rates: rank 1, CMC and FNIR at FPIR among people and strangers");
    app->add_option("--pairs", options->data,
                    "CSV as for face-verification; read only for who is on which picture (columns subject_a, "
                    "subject_b, or the file's name up to its last underscore)");
    app->add_option("--tree", options->tree, "Instead: a folder with one sub-folder a subject");
    app->add_option("--folds", options->folds, "Only these folds of the list")->delimiter(',');
    app->add_option("--choose-folds", options->choosing,
                    "Find thresholds on these folds, too, at the same N, and say what they do on --folds")
        ->delimiter(',');
    app->add_option("--enrol", options->enrolled, "N: subjects enrolled at a time; 0: half of them")
        ->capture_default_str();
    app->add_option(
           "--references", options->references,
           "Pictures enrolled of each subject, as far as enough are left to search with; with several, all ways "
           "of fusion are judged on the same searches. A list, 1,2,3: one after the other")
        ->delimiter(',')
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    app->add_option("--probe-pictures", options->probe_pictures,
                    "Pictures that each search is made with, fused in the same way; a list, too")
        ->delimiter(',')
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    app->add_flag("--complete", options->complete,
                  "Enrol only subjects that have all these pictures, so that everybody is known by as many");
    app->add_option("--fusion", options->fusion,
                    "Which way the figures are of: a subject's pictures compared as one, the best pair of "
                    "them, their mean templates, or the two best pairs")
        ->capture_default_str()
        ->check(CLI::IsMember({"as_one", "best", "mean", "top_two"}));
    app->add_option("--calibration", options->calibration,
                    "What several pictures mean, by face-verification on other subjects; default: the shipped one");
    app->add_option("--draws", options->draws, "Random choices of who is enrolled; the same ones each time")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app->add_option("--rank", options->rank, "R of FNIR(N, R, T): among how many candidates the subject must be")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    add_views_option(*app, options->views);
    add_evaluation_options(*app, *options, Offers::WorkersAndReport);
    app->footer(
        "Enrolled subjects' other pictures are searched for (mated), and one picture of everybody else (non-mated).\n\n"
        "Examples:\n  mien eval face-identification --pairs lfw/pairs.csv --choose-folds 1,2 --folds 3,4,5\n  "
        "mien eval face-identification --tree people/ --references 2 --report people.html");
    run_when_chosen(*app, action, options, identification);
}

}  // namespace mien::cli
