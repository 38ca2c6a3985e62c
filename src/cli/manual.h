#pragma once

#include <string>

#include "cli/command.h"

namespace mien::cli {

// Made from the parser itself, so that they can't tell another story than --help.
std::string manual_page(CLI::App& root);                           // roff, for `man`
std::string completion(CLI::App& root, const std::string& shell);  // bash, zsh or fish

}  // namespace mien::cli
