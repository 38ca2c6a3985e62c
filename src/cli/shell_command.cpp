#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/manual.h"

namespace mien::cli {

Command make_completion_command(CLI::App& parent) {
    auto shell = std::make_shared<std::string>();
    CLI::App* app = parent.add_subcommand("completion", "Print the completion script of a shell");
    app->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    app->footer("Examples:\n  source <(mien completion bash)\n  mien completion fish | source");
    return {app, [shell, &parent] {
                std::cout << completion(parent, *shell);
                return done;
            }};
}

Command make_manual_command(CLI::App& parent) {
    CLI::App* app = parent.add_subcommand("manual", "Print the manual page (roff)");
    app->footer("Example:\n  mien manual | man -l -");
    return {app, [&parent] {
                std::cout << manual_page(parent);
                return done;
            }};
}

}  // namespace mien::cli
