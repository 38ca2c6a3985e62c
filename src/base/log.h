#pragma once

#include <string_view>

namespace mien::log {

// One line on standard error; standard output is for results alone. Thread rule: any thread, at any time.
enum class Level { Debug, Info, Warning, Error };
void set_level(Level lowest);  // once, at start; the default is Warning
void debug(std::string_view line);
void info(std::string_view line);
void warning(std::string_view line);
void error(std::string_view line);

}  // namespace mien::log
