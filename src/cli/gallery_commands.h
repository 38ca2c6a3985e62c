#pragma once

#include <vector>

#include "cli/command.h"

namespace mien::cli {

// merge, unmerge, split, rename, reject, unreject: who is who in a gallery.
std::vector<Command> make_people_commands(CLI::App& gallery);

}  // namespace mien::cli
