#pragma once

#include <vector>

#include "cli/command.h"

namespace mien::cli {

// merge, unmerge, split, rename, reject, unreject: who is who in a gallery.
std::vector<Command> make_people_commands(CLI::App& gallery);

// export, import.
std::vector<Command> make_exchange_commands(CLI::App& gallery);

Command make_retention_command(CLI::App& gallery);
Command make_upgrade_command(CLI::App& gallery);
Command make_observe_command(CLI::App& gallery);

}  // namespace mien::cli
