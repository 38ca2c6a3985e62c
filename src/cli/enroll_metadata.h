#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/store.h"

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

// The metadata that a subject gets by a wish; empty: nothing is wished, they stay as they are. Errors: BadInput; the
// store's.
Result<std::string> metadata_for(gallery::Store& store, const std::string& gallery, const std::string& subject,
                                 const MetadataWish& wish);

// What is known of a person who is in already, and the consent, can be renewed without a picture.
struct Renewal {
    StoreChoice store{};
    std::string gallery{};
    std::string subject{};
    MetadataWish metadata{};
    std::string consent{};          // a file or an id; empty: as it is
    std::string consent_expires{};  // from now: P1Y
};

// Prints what is known now; gives the exit code. Errors: NotFound for nobody; those of Store::enrol.
Result<int> renew(const Renewal& wish);

}  // namespace mien::cli
