#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace mien::media {

// Files, folders (searched through, only .jpg .jpeg .png .webp) and patterns (* and ?) as a list of files.
// Folders inside them that may not be read are passed over with a warning.
// A file that is named is kept whatever its ending, and whether it exists or not: reading it will tell.
// Errors: BadInput for a folder without pictures or a pattern that nothing matches; Unavailable for an unreadable
// folder.
Result<std::vector<std::filesystem::path>> list_pictures(std::span<const std::string> inputs);

}  // namespace mien::media
