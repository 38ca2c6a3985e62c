#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mien::models {

struct Finished {
    int exit_code = 0;     // 127 when the program could not be started
    std::string output{};  // the end of what it printed, both streams
};

// Runs a program in its own process group and gives each line it prints to `on_line`.
// When base/stop.h says so, the whole group is ended. Errors: Unavailable when no process can be made or the user
// stopped it.
Result<Finished> run_program(const std::vector<std::string>& command, const std::filesystem::path& folder,
                             const std::function<void(std::string_view)>& on_line);

}  // namespace mien::models
