#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

namespace mien::cli {

// Each adds one `mien eval …`; the chosen one leaves what runs in `action`.
void add_eval_robustness(CLI::App& eval, const std::shared_ptr<std::function<int()>>& action);

}  // namespace mien::cli
