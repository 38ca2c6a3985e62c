#include "cli/commands.h"
#include "cli/eval_commands.h"

namespace mien::cli {

Command make_eval_command(CLI::App& parent) {
    CLI::App* app = parent.add_subcommand("eval", "Measure how often Mien errs, on data of yours");
    app->require_subcommand(1);
    auto action = std::make_shared<std::function<int()>>();
    add_eval_verification(*app, action);
    add_eval_scores(*app, action);
    add_eval_several(*app, action);
    add_eval_open_set(*app, action);
    add_eval_detection(*app, action);
    add_eval_landmarks(*app, action);
    add_eval_quality(*app, action);
    add_eval_attributes(*app, action);
    add_eval_coverings(*app, action);
    add_eval_mining(*app, action);
    add_eval_expression(*app, action);
    add_eval_robustness(*app, action);
    add_eval_person_detection(*app, action);
    add_eval_reid(*app, action);
    add_eval_tracking(*app, action);
    add_eval_counting(*app, action);
    return {app, [action] { return (*action)(); }};
}

}  // namespace mien::cli
