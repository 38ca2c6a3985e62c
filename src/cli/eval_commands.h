#pragma once

#include "cli/command.h"
#include "cli/evaluation.h"

namespace mien::cli {

// Each adds one evaluation to `mien eval`; what the user asked for goes into `action`.
void add_eval_verification(CLI::App& eval, const Action& action);
void add_eval_scores(CLI::App& eval, const Action& action);
void add_eval_several(CLI::App& eval, const Action& action);
void add_eval_open_set(CLI::App& eval, const Action& action);
void add_eval_detection(CLI::App& eval, const Action& action);
void add_eval_landmarks(CLI::App& eval, const Action& action);
void add_eval_quality(CLI::App& eval, const Action& action);
void add_eval_attributes(CLI::App& eval, const Action& action);
void add_eval_expression(CLI::App& eval, const Action& action);
void add_eval_robustness(CLI::App& eval, const Action& action);
void add_eval_coverings(CLI::App& eval, const Action& action);
void add_eval_mining(CLI::App& eval, const Action& action);
void add_eval_person_detection(CLI::App& eval, const Action& action);
void add_eval_reid(CLI::App& eval, const Action& action);
void add_eval_tracking(CLI::App& eval, const Action& action);
void add_eval_counting(CLI::App& eval, const Action& action);

}  // namespace mien::cli
