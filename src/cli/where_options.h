#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "gallery/search/search_engine.h"
#include "gallery/where.h"

namespace mien::cli {

// Whom and what a look-up in a gallery may find: --where, --tag, --since, --until.
struct WhereOptions {
    std::vector<std::string> where{};
    std::vector<std::string> tags{};
    std::string since{};
    std::string until{};
    bool given() const { return !where.empty() || !tags.empty() || !since.empty() || !until.empty(); }
};
void add_where_options(CLI::App& app, WhereOptions& options);

struct Chosen {
    gallery::Where where{};
    gallery::Filter filter{};
};
// Errors: BadInput, naming what can't be read.
Result<Chosen> chosen_by(const WhereOptions& options);

}  // namespace mien::cli
