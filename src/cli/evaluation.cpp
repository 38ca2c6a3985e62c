#include "cli/evaluation.h"

#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "cli/faces.h"
#include "pipeline/parallel.h"

namespace mien::cli {

void add_evaluation_options(CLI::App& app, EvaluationOptions& options, Offers offers) {
    if (offers == Offers::Workers || offers == Offers::WorkersAndReport)
        app.add_option("--workers", options.workers, "Pictures at the same time; 0: one for each core");
    if (offers == Offers::Report || offers == Offers::WorkersAndReport)
        app.add_option("--report", options.report, "Leave a page with plots in this HTML file");
    app.add_option("--data-name", options.data_name,
                   "What the figures are said to be measured on; default: the data's own name");
    app.add_flag("--json", options.json, "One JSON document on standard output");
}

void name_data(EvaluationOptions& options, NamedBy by) {
    if (!options.data_name.empty()) return;
    const std::filesystem::path data(options.data);
    std::error_code unknown;
    const bool folder = std::filesystem::is_directory(data, unknown);
    options.data_name = by == NamedBy::File
                            ? data.filename().string()
                            : std::filesystem::absolute(folder ? data / "x" : data).parent_path().filename().string();
}

int workers_of(const EvaluationOptions& options) {
    return options.workers > 0 ? options.workers : pipeline::cores();
}

Result<pipeline::FacePipeline> open_faces(const EvaluationOptions& options, pipeline::OpenOptions open) {
    open.lanes = workers_of(options);
    open.threads = 1;
    return open_faces(std::move(open));
}

Result<std::vector<eval::Pair>> read_pairs(const EvaluationOptions& options, eval::Scores scores) {
    MIEN_LET(bytes, read_file(options.data));
    auto pairs = eval::read_pairs(bytes, scores);
    if (!pairs) return Error{pairs.error().fault, options.data + ": " + pairs.error().message};
    return pairs;
}

eval::OnProgress shown_on(ProgressBar& bar, std::string what) {
    return [&bar, what = std::move(what)](std::size_t ready, std::size_t all) {
        bar.show(what, static_cast<double>(ready), static_cast<double>(all));
    };
}

Status leave_report(const EvaluationOptions& options, const std::function<std::string()>& page) {
    if (options.report.empty()) return {};
    return write_file(options.report, page());
}

Json json_of(const statistics::Interval& interval) {
    return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

void print_metrics(const Json& metrics, Shown as) {
    for (const auto& [name, metric] : metrics.items()) {
        const auto number = [&metric](const char* key) { return metric[key].get<double>(); };
        if (as == Shown::Percent) {
            std::printf("  %-28s %8.3f %%   (95 %% interval %.3f to %.3f)\n", name.c_str(), number("value") * 100,
                        number("low") * 100, number("high") * 100);
        } else {
            std::printf("  %-28s %8.4f   (95 %% interval %.4f to %.4f)\n", name.c_str(), number("value"), number("low"),
                        number("high"));
        }
    }
}

}  // namespace mien::cli
