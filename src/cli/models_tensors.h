#pragma once

#include <string>

#include "base/result.h"

namespace mien::cli {

enum class ListAs { Table, Json };

// `mien models tensors FILE`: names, types, shapes and figures of the tensors in a PyTorch file, by this program's own
// reader that executes nothing. Errors name the file: BadInput if it is damaged.
Result<int> list_tensors(const std::string& file, ListAs as);

}  // namespace mien::cli
