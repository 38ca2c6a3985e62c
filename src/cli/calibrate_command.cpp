#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/evaluation.h"
#include "cli/faces.h"
#include "cli/operating_point.h"
#include "cli/store.h"
#include "eval/calibration_page.h"
#include "gallery/comparisons.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

using gallery::Store;
using statistics::Calibration;
using statistics::Interval;

// So many subjects must have a second picture before their own misses are believed over the shipped ones: with fewer,
// three over their number is above 15 %.
constexpr std::size_t least_mated_subjects = 20;

struct Options {
    StoreChoice store{};
    std::string gallery{};
    std::string report{};
    double fmr = 0;  // 0: not asked for
    double fpir = 0.01;
    double searches_a_day = 1000;
    double wanted_share = 0.001;
    bool load_given = false;
    bool only_show = false;
    TemplateChoice made{};
    bool made_given = false;  // only templates made as chosen; else those of all makers in turn
};

// What the command found out.
struct Measured {
    Maker maker{};
    gallery::OwnComparisons own{};
    Calibration calibration{};
    GalleryPoint point{};
    std::string warning{};  // why it does not stand on the gallery itself
    std::optional<Interval> misses{};
    std::string misses_on{};
    statistics::ExpectedAlerts alerts{};
};

Result<statistics::TailThreshold> threshold_of(const Calibration& calibration, const Options& options,
                                               double enrolled) {
    if (options.fmr > 0) return calibration.threshold_between(options.fmr);
    return calibration.threshold_at_n(options.fpir, enrolled);
}

// The gallery's own calibration; none of it when it has too few subjects for a tail.
Result<Calibration> own_calibration(const gallery::OwnComparisons& own, const Maker& maker) {
    MIEN_LET(tail, statistics::fit_tail(own.pairs, own.compared));
    std::vector<float> mated;
    for (const auto& score : own.mated) mated.push_back(score.similarity);
    Calibration calibration = statistics::calibrate(own.pairs, own.compared, mated);
    calibration.maker = pipeline::calibration_name(maker);
    calibration.data = "its own " + std::to_string(own.compared) + " subjects";
    calibration.tail = std::move(tail);
    calibration.misses = statistics::miss_rates(own.mated);
    return calibration;
}

// The makers to set a threshold for, the newest first, as searches prefer it. Errors: BadInput where there is none.
Result<std::vector<Maker>> wanted_makers(const std::vector<Maker>& all, const Options& options) {
    if (all.empty())
        return Error{Fault::BadInput, "gallery '" + options.gallery + "' is empty: enrol somebody first (mien enroll)"};
    std::vector<Maker> wanted;
    for (auto maker = all.rbegin(); maker != all.rend(); ++maker) {
        const auto how = pipeline::options_for(*maker);
        const pipeline::OpenOptions asked = options.made.open();
        if (!options.made_given || (how && how->embedder == asked.embedder && how->views == asked.views))
            wanted.push_back(*maker);
    }
    if (wanted.empty())
        return Error{Fault::BadInput, "gallery '" + options.gallery + "' holds no templates by " +
                                          options.made.embedder + " of " + std::to_string(options.made.views) +
                                          " views"};
    return wanted;
}

// `searched`: how many subjects a search looks at in this space or another one.
Result<Measured> measure(Store& store, const Options& options, const Maker& maker, std::size_t searched) {
    Measured measured;
    measured.maker = maker;
    const auto shipped = pipeline::shipped_calibration(measured.maker);
    MIEN_LET(own, gallery::own_comparisons(store, options.gallery, measured.maker,
                                           shipped ? shipped->several : std::nullopt));
    measured.own = std::move(own);
    const auto enrolled = static_cast<double>(std::max({measured.own.profiles, searched, std::size_t{1}}));
    GalleryPoint& point = measured.point;
    point.wish = options.fmr > 0 ? GalleryPoint::Wish::Fmr : GalleryPoint::Wish::Fpir;
    point.rate = options.fmr > 0 ? options.fmr : options.fpir;
    point.enrolled = enrolled;
    auto calibration = own_calibration(measured.own, measured.maker);
    auto threshold = calibration ? threshold_of(*calibration, options, enrolled)
                                 : Result<statistics::TailThreshold>(calibration.error());
    point.source = "own";
    if (!threshold) {
        measured.warning = threshold.error().message;
        if (!shipped) return Error{Fault::BadInput, measured.warning + "; and " + shipped.error().message};
        auto from_shipped = threshold_of(*shipped, options, enrolled);
        if (!from_shipped)
            return Error{from_shipped.error().fault,
                         "by the gallery itself: " + measured.warning +
                             "; by the shipped calibration: " + from_shipped.error().message};
        threshold = *from_shipped;
        calibration = *shipped;
        point.source = "shipped";
    }
    measured.calibration = std::move(*calibration);
    point.threshold = *threshold;
    point.measured_on = measured.calibration.data;
    point.fmr = measured.calibration.fmr_between(threshold->threshold);
    point.fpir = measured.calibration.fpir_between(threshold->threshold, enrolled);
    measured.misses_on = measured.calibration.data;
    if (point.source == "own" && measured.own.mated_subjects < least_mated_subjects) {
        measured.calibration.misses = shipped ? shipped->misses : std::vector<Calibration::Miss>{};
        measured.misses_on = shipped ? shipped->data : "";
    }
    measured.misses = measured.calibration.misses_at(threshold->threshold);
    measured.alerts = statistics::expected_alerts({options.searches_a_day, options.wanted_share}, point.fpir,
                                                  measured.misses.value_or(Interval{0.5, 0, 1}));
    return measured;
}

// How many subjects with one picture each it takes to claim half the rate.
double subjects_for_half(const Measured& m) {
    const double fmr = m.point.wish == GalleryPoint::Wish::Fmr
                           ? m.point.rate / 2
                           : m.calibration.tail->fmr_for(m.point.rate / 2, m.point.enrolled);
    return statistics::TailModel::subjects_for(fmr);
}

Json json_of_measured(const Measured& m, const Options& options) {
    const statistics::TailModel& tail = *m.calibration.tail;
    Json json = Json::parse(to_text(m.point));
    Json document{{"gallery", options.gallery},
                  {"maker", pipeline::calibration_name(m.maker)},
                  {"subjects", m.own.subjects},
                  {"templates", m.own.templates},
                  {"mated_comparisons", m.own.mated.size()},
                  {"mated_subjects", m.own.mated_subjects}};
    document.update(json);
    document["fnir"] = m.misses ? json_of(*m.misses) : Json(nullptr);
    document["fnir_measured_on"] = m.misses_on;
    document["warning"] = m.warning.empty() ? Json(nullptr) : Json(m.warning);
    document["clustering"] = rounded(tail.clustering);
    document["lowest_fmr"] = tail.lowest_fmr();
    document["lowest_fpir"] = tail.lowest_fpir(m.point.enrolled);
    document["subjects_for_half"] = subjects_for_half(m);
    document["alerts"] = {{"searches_a_day", options.searches_a_day},
                          {"wanted_share", options.wanted_share},
                          {"assumed", !options.load_given},
                          {"false_alarms_a_day", json_of(m.alerts.false_alarms)},
                          {"true_alerts_a_day", json_of(m.alerts.true_alerts)},
                          {"share_right", json_of(m.alerts.right)}};
    document["kept"] = !options.only_show;
    return document;
}

std::string between(const Interval& i, double scale, const char* unit) {
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%.3g%s (%.3g to %.3g)", i.value * scale, unit, i.low * scale,
                  i.high * scale);
    return text.data();
}

std::string summary(const Measured& m, const Options& options) {
    std::array<char, 96> threshold{};
    std::snprintf(threshold.data(), threshold.size(), "%.4f (%.4f to %.4f)",
                  static_cast<double>(m.point.threshold.threshold), static_cast<double>(m.point.threshold.low),
                  static_cast<double>(m.point.threshold.high));
    std::array<char, 200> day{};
    std::snprintf(day.data(), day.size(), "%.4g searches a day, %.3g %% of them for people who are enrolled%s",
                  options.searches_a_day, options.wanted_share * 100, options.load_given ? "" : " (assumed)");
    return "threshold " + std::string(threshold.data()) + " for " + said(m.point) +
           "\n  false match rate of a comparison: " + between(m.point.fmr, 100, " %") +
           "\n  strangers who raise an alarm (FPIR): " + between(m.point.fpir, 100, " %") +
           "\n  enrolled people who are missed (FNIR): " +
           (m.misses ? between(*m.misses, 100, " %") + ", measured on " + m.misses_on
                     : "not known: nobody has a second picture") +
           "\n  " + day.data() + ": " + between(m.alerts.false_alarms, 1, " false alarms a day") + ", " +
           between(m.alerts.right, 100, " % of alerts right") + "\n  least that can be claimed here: FPIR " +
           percent(m.calibration.tail->lowest_fpir(m.point.enrolled)) + "; half of what is claimed now takes " +
           std::to_string(std::llround(subjects_for_half(m))) + " subjects to measure it on\n";
}

Status leave_page(const Measured& m, const Options& options) {
    return write_file(options.report,
                      eval::calibration_page(m.calibration, {.title = "Calibration of gallery " + options.gallery,
                                                             .summary = summary(m, options) + m.warning,
                                                             .enrolled = m.point.enrolled,
                                                             .threshold = m.point.threshold.threshold}));
}

Status keep(Store& store, const Measured& m, const Options& options) {
    return store.keep_operating_point(options.gallery, m.maker,
                                      {.threshold = static_cast<double>(m.point.threshold.threshold),
                                       .said = said(m.point),
                                       .body = to_text(m.point)},
                                      options.store.actor());
}

Result<int> calibrate(const Options& options) {
    if (!(options.fpir > 0 && options.fpir < 1) || !(options.fmr >= 0 && options.fmr < 1))
        return Error{Fault::BadInput, "--fmr and --fpir lie between 0 and 1: 0.01 is one in a hundred"};
    if (!(options.wanted_share >= 0 && options.wanted_share <= 1) || !(options.searches_a_day >= 0))
        return Error{Fault::BadInput, "--wanted-share is a share of 0 to 1, --searches-a-day 0 or more"};
    MIEN_LET(store, open_store(options.store, gallery::StoreOptions::Missing::Fail));
    MIEN_LET(all, store.makers(options.gallery));
    MIEN_LET(wanted, wanted_makers(all, options));
    // While a gallery is upgraded a search looks at each of its subjects in one space or the other.
    MIEN_LET(info, store.gallery(options.gallery));
    const std::size_t searched = all.size() > 1 ? info.subjects + info.unknowns : 0;
    std::vector<Measured> measured;
    for (const Maker& maker : wanted) {
        auto one = measure(store, options, maker, searched);
        if (!one) return Error{one.error().fault, pipeline::calibration_name(maker) + ": " + one.error().message};
        measured.push_back(std::move(*one));
    }
    for (const Measured& one : measured) {
        if (!one.warning.empty())
            std::cerr << "mien: WARNING: this stands on other people and cameras (" << one.calibration.data
                      << "), not on the gallery: " << one.warning << '\n';
    }
    if (!options.report.empty()) MIEN_TRY(leave_page(measured.front(), options));
    if (!options.only_show)
        for (const Measured& one : measured) MIEN_TRY(keep(store, one, options));
    if (options.store.json) {
        Json document = json_of_measured(measured.front(), options);
        for (std::size_t i = 1; i < measured.size(); ++i)
            document["older"].push_back(json_of_measured(measured[i], options));
        print_json(document);
        return done;
    }
    for (const Measured& one : measured) {
        if (measured.size() > 1) std::cout << pipeline::calibration_name(one.maker) << ": ";
        std::cout << summary(one, options) << (options.only_show ? "" : "  kept: mien identify uses it from now on\n");
    }
    return done;
}

}  // namespace

Command make_calibrate_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(
        "calibrate", "Set a gallery's threshold from a wished error rate, and say how many alarms will be false");
    app->add_option("gallery", options->gallery, "The gallery")->required();
    auto* fpir = app->add_option("--fpir", options->fpir,
                                 "Share of searches for strangers that may raise an alarm, at the gallery's size")
                     ->capture_default_str();
    app->add_option("--fmr", options->fmr, "Instead: the false match rate of one comparison (1:1)")->excludes(fpir);
    auto* searches = app->add_option("--searches-a-day", options->searches_a_day, "How many people are looked up")
                         ->capture_default_str();
    auto* wanted = app->add_option("--wanted-share", options->wanted_share,
                                   "Share of those looked up who are in the gallery, 0..1")
                       ->capture_default_str();
    app->add_option("--report", options->report,
                    "Leave a page with plots in this HTML file; of the newest maker, where there are several");
    const TemplateOptions made = add_template_options(*app, options->made);
    app->add_flag("--only-show", options->only_show, "Keep nothing: searches go on as before");
    add_store_options(*app, options->store);
    app->footer(
        "Measured on the gallery's own people where they are enough, else on the shipped comparisons, with a warning.\n"
        "The threshold is kept, and mien identify uses it. A gallery that is being upgraded gets one for each model in "
        "turn, "
        "unless --embedder or\n--views names one of them.\n\nExamples:\n  mien calibrate staff --fpir 0.01 "
        "--searches-a-day 2000 --wanted-share 0.9\n  mien calibrate wanted --fpir 0.001 --report wanted.html");
    return {app, [options, searches, wanted, made] {
                options->made_given = made.embedder->count() + made.views->count() > 0;
                options->load_given = searches->count() > 0 && wanted->count() > 0;
                const auto code = calibrate(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
