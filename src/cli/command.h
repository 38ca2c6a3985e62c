#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace mien::cli {

// Exit codes of every command (DESIGN: the command line is a contract).
inline constexpr int done = 0;
inline constexpr int negative = 1;   // the answer is no
inline constexpr int bad_input = 2;  // usage or input
inline constexpr int missing = 3;    // something needed is missing or failed
inline constexpr int stopped = 130;  // by ctrl-C or SIGTERM

// A subcommand: its place in the parser, and what runs when the user chose it. `run` gives the exit code.
struct Command {
    CLI::App* app = nullptr;
    std::function<int()> run{};
};

}  // namespace mien::cli
