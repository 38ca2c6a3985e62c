#pragma once

#include <string>

#include "statistics/verification.h"

namespace mien::eval {

// What the evaluations' pages are made of.
std::string text_of(const char* format, double value);
std::string page(const std::string& title, const std::string& body);  // a whole HTML document
std::string row(const std::string& name, const statistics::Interval& i, const char* format, double scale);
inline constexpr const char* table_head =
    "<table><tr><th>figure</th><th>value</th><th>95 % interval</th></tr>\n";  // rows, then "</table>"

}  // namespace mien::eval
