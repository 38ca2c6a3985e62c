#include "eval/calibration_page.h"

#include <algorithm>
#include <cmath>

#include "eval/page.h"
#include "eval/plot.h"

namespace mien::eval {
namespace {

using statistics::Calibration;
using statistics::Interval;
constexpr double lowest_fnmr = 1e-3;

// Thresholds from the points' first to where claims end.
std::vector<float> thresholds_of(const Calibration& calibration) {
    std::vector<float> thresholds;
    for (const auto& point : calibration.points) {
        if (calibration.tail && static_cast<double>(point.similarity) >= calibration.tail->fit.start) break;
        thresholds.push_back(point.similarity);
    }
    if (!calibration.tail) return thresholds;
    const auto& tail = *calibration.tail;
    constexpr int steps = 60;
    for (int i = 0; i <= steps; ++i) {
        const double rate =
            tail.fit.share * std::pow(tail.lowest_fmr() / tail.fit.share, static_cast<double>(i) / steps);
        thresholds.push_back(static_cast<float>(tail.fit.value_for(rate)));
    }
    return thresholds;
}

std::string trade_off(const Calibration& calibration, const CalibrationView& view, const std::string& title,
                      const Axis& x, const Axis& y, const auto& rate_at) {
    Curve line{"", {}, Curve::Style::Line};
    for (const float threshold : thresholds_of(calibration))
        if (const auto misses = calibration.misses_at(threshold))
            line.points.emplace_back(std::max(rate_at(threshold).value, x.low), std::max(misses->value, y.low));
    Curve point{"the threshold", {}, Curve::Style::Bars};
    if (const auto misses = calibration.misses_at(view.threshold)) {
        const Interval rate = rate_at(view.threshold);
        point.points = {{rate.value, std::max(misses->low, y.low)},
                        {rate.value, std::max(misses->high, y.low)},
                        {std::max(rate.low, x.low), std::max(misses->value, y.low)},
                        {std::max(rate.high, x.low), std::max(misses->value, y.low)}};
    }
    return svg_of(title, x, y, {line, point});
}

std::string by_threshold(const Calibration& calibration, const CalibrationView& view) {
    const std::vector<float> thresholds = thresholds_of(calibration);
    Curve fmr{"FMR", {}, Curve::Style::Line};
    Curve fnmr{"FNMR", {}, Curve::Style::Line};
    Curve bars{"95 %", {}, Curve::Style::Bars};
    for (std::size_t i = 0; i < thresholds.size(); ++i) {
        const Interval rate = calibration.fmr_between(thresholds[i]);
        fmr.points.emplace_back(thresholds[i], rate.value);
        if (i % 10 == 0) {
            bars.points.emplace_back(thresholds[i], std::max(rate.low, 1e-9));
            bars.points.emplace_back(thresholds[i], rate.high);
        }
        if (const auto misses = calibration.misses_at(thresholds[i]))
            fnmr.points.emplace_back(thresholds[i], std::max(misses->value, 1e-9));
    }
    const double lowest = calibration.tail ? calibration.tail->lowest_fmr() : 1e-5;
    const Curve here{"threshold", {{view.threshold, lowest / 10}, {view.threshold, 1}}, Curve::Style::Line};
    return svg_of("Rates by threshold", {"similarity", thresholds.front(), thresholds.back()},
                  {"rate", std::pow(10, std::floor(std::log10(lowest))), 1, Axis::Scale::Logarithmic},
                  {fmr, fnmr, bars, here});
}

}  // namespace

std::string calibration_page(const Calibration& calibration, const CalibrationView& view) {
    using enum Axis::Scale;
    std::string body = "<p>" + html_escaped(view.summary) + "</p>\n<p>Maker: " + html_escaped(calibration.maker) +
                       ". Measured on: " + html_escaped(calibration.data) +
                       ". Intervals are 95 %, over subjects. The false match rate's lower end is the fitted "
                       "tail.</p>\n<div class=plots>";
    if (!calibration.points.empty() && calibration.tail) {
        const double lowest = std::pow(10, std::floor(std::log10(calibration.tail->lowest_fmr())));
        if (!calibration.misses.empty()) {
            body +=
                trade_off(calibration, view, "Detection error trade-off", {"false match rate", lowest, 1, Logarithmic},
                          {"false non-match rate", lowest_fnmr, 1, Logarithmic},
                          [&](float t) { return calibration.fmr_between(t); });
            const double from = std::pow(10, std::floor(std::log10(calibration.tail->lowest_fpir(view.enrolled))));
            body += trade_off(calibration, view, "FNIR against FPIR at N = " + text_of("%.0f", view.enrolled),
                              {"false positive identification rate", std::min(from, 0.1), 1, Logarithmic},
                              {"false negative identification rate", lowest_fnmr, 1, Logarithmic},
                              [&](float t) { return calibration.fpir_between(t, view.enrolled); });
        }
        body += by_threshold(calibration, view);
    }
    return page(view.title, body + "</div>\n");
}

}  // namespace mien::eval
