#pragma once

#include <string_view>

namespace mien::models {

// models/catalogue.toml as it was when this program was built.
std::string_view built_in_catalogue();

}  // namespace mien::models
