#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

namespace mien::cli {

// Each adds one evaluation to `mien eval`; what the user asked for goes into `action`.
void add_eval_quality(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action);
void add_eval_identification(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action);
void add_eval_attributes(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action);
void add_eval_expression(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action);
void add_eval_robustness(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action);

}  // namespace mien::cli
