#include <algorithm>

#include "eval/open_set.h"
#include "eval/page.h"
#include "eval/plot.h"

namespace mien::eval {
namespace {

std::string cmc_plot(const OpenSetRun& run) {
    std::vector<Curve> curves;
    double low = 1;
    std::size_t most = 1;
    for (const FusedFigures& way : run.ways) {
        Curve curve{run.ways.size() > 1 ? std::string(name_of(way.fusion)) : "", {}, Curve::Style::Line};
        for (std::size_t r = 0; r < way.figures.cmc.size(); ++r)
            curve.points.emplace_back(r + 1, way.figures.cmc[r].value);
        most = std::max(most, way.figures.cmc.size());
        low = std::min(low, way.figures.cmc.front().low);
        curves.push_back(std::move(curve));
    }
    Curve bars{"95 % intervals", {}, Curve::Style::Bars};
    const auto& cmc = run.ways.front().figures.cmc;
    for (const std::size_t r : {1, 5, 10, 20, 50}) {
        if (r > cmc.size()) break;
        bars.points.emplace_back(r, cmc[r - 1].low);
        bars.points.emplace_back(r, cmc[r - 1].high);
    }
    curves.push_back(std::move(bars));
    return svg_of("Cumulative match characteristic",
                  {"rank", 1, static_cast<double>(std::max<std::size_t>(most, 2)), Axis::Scale::Logarithmic},
                  {"share of mated searches found", std::floor(low * 20) / 20, 1}, curves);
}

std::string trade_off(const OpenSetRun& run, std::size_t rank) {
    using enum Axis::Scale;
    std::vector<Curve> curves;
    for (const FusedFigures& way : run.ways) {
        Curve curve{run.ways.size() > 1 ? std::string(name_of(way.fusion)) : "", {}, Curve::Style::Line};
        for (const auto& point : statistics::identification_curve(way.searches, rank))
            curve.points.emplace_back(std::max(point.fpir, 1e-4), std::max(point.fnir, 1e-3));
        curves.push_back(std::move(curve));
    }
    Curve bars{"95 % intervals", {}, Curve::Style::Bars};
    for (const auto& at : run.ways.front().figures.at_fpir) {
        bars.points.emplace_back(at.fpir, std::max(at.fnir.low, 1e-3));
        bars.points.emplace_back(at.fpir, std::max(at.fnir.high, 1e-3));
    }
    curves.push_back(std::move(bars));
    return svg_of("FNIR against FPIR at N = " + std::to_string(run.enrolled),
                  {"false positive identification rate", 1e-4, 1, Logarithmic},
                  {"false negative identification rate", 1e-3, 1, Logarithmic}, curves);
}

}  // namespace

std::string open_set_page(const OpenSetRun& run, std::size_t rank, const std::string& data_name) {
    const auto& first = run.ways.front().figures;
    std::string body =
        "<p>" + html_escaped(data_name) + ": " + std::to_string(run.subjects) + " subjects, " +
        std::to_string(run.pictures) + " pictures. " + std::to_string(first.galleries) +
        " random galleries of N = " + std::to_string(run.enrolled) + " subjects (" + std::to_string(run.templates) +
        " templates), " + std::to_string(first.mated) + " mated searches for " + std::to_string(first.mated_subjects) +
        " subjects, " + std::to_string(first.non_mated) + " non-mated ones for " +
        std::to_string(first.non_mated_subjects) + ". Maker: " + html_escaped(run.maker) +
        ". What could not be acquired counts as a miss. Intervals by a bootstrap over subjects and galleries.</p>\n";
    for (const FusedFigures& way : run.ways) {
        if (run.ways.size() > 1) body += "<h2>Fusion: " + std::string(name_of(way.fusion)) + "</h2>\n";
        body += table_head;
        for (const std::size_t r : {1, 5, 20})
            if (r <= way.figures.cmc.size())
                body += row("found among the first " + std::to_string(r) + ", %", way.figures.cmc[r - 1], "%.2f", 100);
        for (const auto& at : way.figures.at_fpir)
            body += row("FNIR at FPIR " + text_of("%g", 100 * at.fpir) + " %, %" +
                            (at.supported ? "" : " (too few strangers to prove this FPIR)"),
                        at.fnir, "%.2f", 100);
        body += row("failure to acquire, % of searches", way.figures.failure_to_acquire, "%.2f", 100) + "</table>\n";
    }
    body += "<p>The strangers prove no FPIR below " + text_of("%.3g", 100 * first.claim_limit()) +
            " % (three over their number).</p>\n<div class=plots>" + cmc_plot(run) + trade_off(run, rank) + "</div>\n";
    return page("1:N identification on " + data_name, body);
}

}  // namespace mien::eval
