#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "eval/pairs.h"
#include "eval/pieces.h"
#include "pipeline/face_pipeline.h"
#include "pipeline/open.h"
#include "statistics/interval.h"

namespace mien::cli {

// What every evaluation is asked: the recipe is read the data, open the faces, run, leave a report, print.
struct EvaluationOptions {
    std::string data{};       // a file of pairs or marks, or a folder
    std::string data_name{};  // empty: see name_data
    std::string report{};     // an HTML file; empty: none
    int workers = 0;          // 0: one for each core
    bool json = false;
};

// Which of them a command offers, beside --json and --data-name.
enum class Offers { Plain, Workers, Report, WorkersAndReport };
void add_evaluation_options(CLI::App& app, EvaluationOptions& options, Offers offers);

// What the user chose, run after parsing; each evaluation puts itself there.
using Action = std::shared_ptr<std::function<int()>>;

// `what` runs with the options as parsed; a failure is reported and its exit code given.
template <class Options>
void run_when_chosen(CLI::App& app, const Action& action, const std::shared_ptr<Options>& options,
                     Result<int> (*what)(Options)) {
    app.callback([=] {
        *action = [=] {
            const auto code = what(*options);
            return code ? *code : report(code.error());
        };
    });
}

// Unless the user named the data, it is called as its file, or as the folder that the file lies in or that it is.
enum class NamedBy { File, Folder };
void name_data(EvaluationOptions& options, NamedBy by);

int workers_of(const EvaluationOptions& options);

// The production path, one thread for each of the workers.
Result<pipeline::FacePipeline> open_faces(const EvaluationOptions& options, pipeline::OpenOptions open);

// Errors name the file.
Result<std::vector<eval::Pair>> read_pairs(const EvaluationOptions& options, eval::Scores scores);

// Shows on `bar` how many of `what` ("pictures") are done. The bar outlives it.
eval::OnProgress shown_on(ProgressBar& bar, std::string what);

Status leave_report(const EvaluationOptions& options, const std::function<std::string()>& page);

Json json_of(const statistics::Interval& interval);

// One line a metric, each {"value", "low", "high"}.
enum class Shown { Shares, Percent };
void print_metrics(const Json& metrics, Shown as);

}  // namespace mien::cli
