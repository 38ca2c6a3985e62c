#include <algorithm>

#include "eval/page.h"
#include "eval/plot.h"
#include "eval/quality.h"

namespace mien::eval {
namespace {

Curve line_of(const std::string& name, const statistics::DiscardCurve& curve) {
    Curve line{name, {}, Curve::Style::Line};
    for (const auto& point : curve.points) line.points.emplace_back(100 * point.discarded, 100 * point.fnmr);
    return line;
}

}  // namespace

std::string quality_page(const QualityRun& run, const std::string& data_name) {
    std::string body =
        "<p>" + std::to_string(run.pairs.size()) + " mated pairs of " + std::to_string(run.subjects) +
        " subjects, the second picture of each degraded; FNMR at similarity " + text_of("%.4f", run.threshold) + ": " +
        text_of("%.1f", 100 * run.fnmr) +
        " %. Intervals over subjects.</p>\n<p>Partial area: the mean FNMR while up to 20 % of the pairs of "
        "lowest quality are discarded, over the FNMR of all; 1 tells nothing, " +
        text_of("%.2f", run.curves.at("unified").best_area) + " is the best possible.</p>\n";
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [name, curve] : run.curves) order.emplace_back(curve.area.value, name);
    std::ranges::sort(order);
    body += table_head;
    for (const auto& [area, name] : order) body += row(html_escaped(name), run.curves.at(name).area, "%.3f", 1);
    body += "</table>\n<div class=plots>";
    std::vector<Curve> curves;
    constexpr std::size_t shown = 4;  // as many as the plot has colours
    for (std::size_t i = 0; i < std::min(shown, order.size()); ++i)
        curves.push_back(line_of(order[i].second, run.curves.at(order[i].second)));
    body += svg_of("Error versus discard", {"discarded, %", 0, 50}, {"FNMR, %", 0, 110 * run.fnmr}, curves);
    body += "</div>\n<table><tr><th>added</th><th>pairs</th><th>FNMR</th></tr>\n";
    for (const auto& [name, entry] : run.by_degradation)
        body += "<tr><td>" + html_escaped(name) + "</td><td class=n>" + std::to_string(entry.second) +
                "</td><td class=n>" + text_of("%.1f", 100 * entry.first) + " %</td></tr>\n";
    return page("Quality scores on " + data_name, body + "</table>\n");
}

}  // namespace mien::eval
