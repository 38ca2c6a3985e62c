#include "eval/report.h"

#include <algorithm>
#include <array>

#include "eval/page.h"
#include "eval/plot.h"

namespace mien::eval {
namespace {

using statistics::Interval;
constexpr std::size_t most_listed = 20;

// How many similarities fall into each of 50 equal steps, as a share of their kind.
Curve histogram(const std::string& name, const std::vector<float>& values, double low, double high) {
    constexpr std::size_t steps = 50;
    std::array<double, steps> counts{};
    for (const float value : values) {
        const double at = (value - low) / (high - low) * steps;
        ++counts.at(static_cast<std::size_t>(std::clamp(at, 0.0, steps - 1.0)));
    }
    Curve curve{name, {}, Curve::Style::Filled};
    for (std::size_t i = 0; i < steps; ++i) {
        const double share = counts.at(i) / std::max<double>(1, static_cast<double>(values.size()));
        curve.points.emplace_back(low + (high - low) * static_cast<double>(i) / steps, share);
        curve.points.emplace_back(low + (high - low) * static_cast<double>(i + 1) / steps, share);
    }
    return curve;
}

double highest(const Curve& curve) {
    double most = 0;
    for (const auto& point : curve.points) most = std::max(most, point.second);
    return most;
}

std::string trade_off(const std::vector<statistics::ErrorRates>& curve, const statistics::VerificationFigures& f) {
    using enum Axis::Scale;
    Curve rates{"", {}, Curve::Style::Line};
    for (const auto& point : curve) rates.points.emplace_back(std::max(point.fmr, 1e-5), std::max(point.fnmr, 1e-4));
    const auto bar = [](double fmr, const Interval& i) {
        return std::array{std::pair{fmr, std::max(i.low, 1e-4)}, std::pair{fmr, std::max(i.high, 1e-4)}};
    };
    Curve bars{"95 % intervals", {}, Curve::Style::Bars};
    for (const auto& point : bar(1e-2, f.fnmr_at_fmr_1e_2)) bars.points.push_back(point);
    for (const auto& point : bar(1e-3, f.fnmr_at_fmr_1e_3)) bars.points.push_back(point);
    return svg_of("Detection error trade-off", {"false match rate", 1e-4, 1, Logarithmic},
                  {"false non-match rate", 1e-3, 1, Logarithmic}, {rates, bars});
}

std::string by_threshold(const std::vector<statistics::ErrorRates>& curve, double low, double high) {
    Curve fmr{"false match rate", {}, Curve::Style::Line};
    Curve fnmr{"false non-match rate", {}, Curve::Style::Line};
    for (const auto& point : curve) {
        fmr.points.emplace_back(point.threshold, std::max(point.fmr, 1e-4));
        fnmr.points.emplace_back(point.threshold, std::max(point.fnmr, 1e-4));
    }
    return svg_of("Error rates by threshold", {"similarity", low, high}, {"rate", 1e-4, 1, Axis::Scale::Logarithmic},
                  {fmr, fnmr});
}

struct Judged {
    const Pair* pair = nullptr;
    float similarity = 0;
};

std::string worst(const char* title, const std::vector<Judged>& judged) {
    std::string out = std::string("<h2>") + title + "</h2>\n<table><tr><th>a</th><th>b</th><th>similarity</th></tr>\n";
    for (std::size_t i = 0; i < std::min(most_listed, judged.size()); ++i)
        out += "<tr><td>" + html_escaped(judged[i].pair->a) + "</td><td>" + html_escaped(judged[i].pair->b) +
               "</td><td class=n>" + text_of("%.4f", judged[i].similarity) + "</td></tr>\n";
    return out + "</table>\n";
}

}  // namespace

std::string verification_page(const VerificationRun& run, const std::string& data_name) {
    std::vector<Judged> mated;
    std::vector<Judged> non_mated;
    std::vector<float> mated_values;
    std::vector<float> non_mated_values;
    for (std::size_t i = 0; i < run.comparisons.size(); ++i) {
        const auto& c = run.comparisons[i];
        if (!c.similarity) continue;
        (c.mated ? mated : non_mated).push_back({&run.pairs[i], *c.similarity});
        (c.mated ? mated_values : non_mated_values).push_back(*c.similarity);
    }
    std::ranges::sort(mated, {}, &Judged::similarity);
    std::ranges::sort(non_mated, std::greater{}, &Judged::similarity);
    double low = 0;
    double high = 1;
    if (!mated.empty() && !non_mated.empty()) {
        low = std::min(mated.front().similarity, non_mated.back().similarity);
        high = std::max(mated.back().similarity, non_mated.front().similarity);
    }
    if (!(low < high)) high = low + 1;
    const auto& f = run.figures;
    std::string body = "<p>" + html_escaped(data_name) + ": " + std::to_string(f.comparisons) + " comparisons, " +
                       std::to_string(f.mated) + " of them mated, " + std::to_string(f.subjects) +
                       " subjects. Maker: " + html_escaped(run.maker) +
                       ". Failures to acquire count as errors. Intervals by a bootstrap over subjects.</p>\n";
    body += table_head + row("accuracy, %", f.accuracy, "%.2f", 100) + row("equal error rate, %", f.eer, "%.2f", 100) +
            row("FNMR at FMR 1 %, %", f.fnmr_at_fmr_1e_2, "%.2f", 100) +
            row("FNMR at FMR 0.1 %, %", f.fnmr_at_fmr_1e_3, "%.2f", 100) +
            row("FMR on held-out folds at the others' threshold for 1 %, %", f.held_out_fmr_1e_2, "%.2f", 100) +
            row("FNMR there, %", f.held_out_fnmr_1e_2, "%.2f", 100) +
            row("failure to acquire, % of comparisons", f.failure_to_acquire, "%.2f", 100) + "</table>\n";
    const auto curve = statistics::error_curve(run.comparisons);
    const Curve mated_bars = histogram("mated", mated_values, low, high);
    const Curve non_mated_bars = histogram("non-mated", non_mated_values, low, high);
    body += "<div class=plots>" + trade_off(curve, f) +
            svg_of("Similarities", {"similarity", low, high},
                   {"share of its kind", 0, 1.05 * std::max({highest(mated_bars), highest(non_mated_bars), 0.01})},
                   {mated_bars, non_mated_bars}) +
            by_threshold(curve, low, high);
    if (run.calibration) {
        Curve line{"measured", {}, Curve::Style::Line};
        Curve bars{"95 % intervals", {}, Curve::Style::Bars};
        Curve limit{"claim limit 3/n", {}, Curve::Style::Line};
        for (const auto& point : run.calibration->points) {
            line.points.emplace_back(point.similarity, point.fmr);
            bars.points.emplace_back(point.similarity, point.low);
            bars.points.emplace_back(point.similarity, point.high);
        }
        limit.points = {{low, run.calibration->claim_limit()}, {high, run.calibration->claim_limit()}};
        body += svg_of("Calibration", {"similarity", low, high},
                       {"false match rate", 1e-5, 1, Axis::Scale::Logarithmic}, {line, bars, limit});
    }
    body += "</div>\n" + worst("Least alike of one subject", mated) + worst("Most alike of two subjects", non_mated);
    if (!run.failures.empty()) {
        body += "<h2>Not acquired</h2>\n<ul>";
        for (std::size_t i = 0; i < std::min(most_listed, run.failures.size()); ++i)
            body += "<li>" + html_escaped(run.failures[i].file) + ": " + html_escaped(run.failures[i].why) + "</li>\n";
        body += "</ul>\n";
    }
    return page("1:1 verification on " + data_name, body);
}

std::string finding_page(const FaceFinding& f, const std::string& data_name) {
    std::string body = "<p>" + std::to_string(f.pictures) + " pictures, " + std::to_string(f.faces) +
                       " marked faces, " + std::to_string(f.found) + " found, by " + html_escaped(f.finder) +
                       ". Intervals by a bootstrap over pictures.</p>\n";
    body +=
        table_head + row("recall, %", f.recall, "%.2f", 100) + row("false alarms a picture", f.false_alarms, "%.3f", 1);
    if (f.with_landmarks > 0)
        body += row("landmark error, % of the eyes' distance", f.landmark_error, "%.2f", 100) +
                row("faces above 10 %, %", f.landmark_failures, "%.1f", 100);
    body += "</table>\n<div class=plots>";
    Curve recall{"", {}, Curve::Style::Line};
    Curve precision{"", {}, Curve::Style::Line};
    double most = 0.1;
    for (const auto& point : f.by_score) {
        recall.points.emplace_back(point.false_alarms, point.recall);
        precision.points.emplace_back(point.recall, point.precision);
        most = std::max(most, point.false_alarms);
    }
    body +=
        svg_of("Recall against false alarms", {"false alarms a picture", 0, most * 1.05}, {"recall", 0, 1}, {recall});
    body += svg_of("Precision against recall", {"recall", 0, 1}, {"precision", 0, 1}, {precision});
    if (f.with_landmarks > 0) {
        std::vector<double> errors = f.landmark_errors;
        std::ranges::sort(errors);
        Curve share{"", {{0, 0}}, Curve::Style::Line};
        for (std::size_t i = 0; i < errors.size(); ++i)
            share.points.emplace_back(errors[i], static_cast<double>(i + 1) / static_cast<double>(errors.size()));
        share.points.emplace_back(0.3, 1);
        body += svg_of("Faces up to an error", {"landmark error over the eyes' distance", 0, 0.3},
                       {"share of faces", 0, 1}, {share});
    }
    body += "</div>\n";
    if (!f.missed.empty()) {
        body += "<h2>Missed</h2>\n<ul>";
        for (std::size_t i = 0; i < std::min(most_listed, f.missed.size()); ++i)
            body += "<li>" + html_escaped(f.missed[i]) + "</li>\n";
        body += "</ul>\n";
    }
    return page("Faces found in " + data_name, body);
}

}  // namespace mien::eval
