#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mien::cli {

// What is to be known of a subject beside its name.
struct MetadataWish {
    std::string json{};                // an object
    std::vector<std::string> pairs{};  // key=value
    std::vector<std::string> tags{};
    bool asks() const { return !json.empty() || !pairs.empty() || !tags.empty(); }
};

// `before` with what is wished: `json` replaces it, pairs and tags add to it. Errors: BadInput.
Result<std::string> metadata_of(const MetadataWish& wish, const std::string& before);

}  // namespace mien::cli
