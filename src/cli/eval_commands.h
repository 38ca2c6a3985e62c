#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

namespace mien::cli {

// Each adds one subcommand of `mien eval`; when the user chose it, it leaves in `action` what runs.
void add_eval_expression(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action);

}  // namespace mien::cli
