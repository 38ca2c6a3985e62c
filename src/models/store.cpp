#include "models/store.h"

#include <cstdlib>

#include "base/hash.h"

namespace mien::models {
namespace {

namespace fs = std::filesystem;

const char* variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != 0 ? value : nullptr;
}

}  // namespace

Result<Store> Store::open() {
    if (const char* root = variable("MIEN_MODELS")) return Store(root);
    if (const char* cache = variable("XDG_CACHE_HOME")) return Store(fs::path(cache) / "mien" / "models");
    if (const char* home = variable("HOME")) return Store(fs::path(home) / ".cache" / "mien" / "models");
    return Error{Fault::Unavailable, "there is no folder for models: set MIEN_MODELS or HOME"};
}

bool Store::has(const Card& card) const {
    for (const ModelFile& file : card.files) {
        std::error_code missing;
        if (fs::file_size(folder_of(card) / file.name, missing) != file.bytes || missing) return false;
    }
    return true;
}

Result<LocalModel> Store::find(const Card& card) const {
    LocalModel local{card, {}};
    for (const ModelFile& file : card.files) {
        const fs::path path = folder_of(card) / file.name;
        auto hash = sha256_of_file(path);
        if (!hash && hash.error().fault == Fault::NotFound) {
            return Error{Fault::NotFound,
                         "the model " + card.name + " is not here yet: run `mien models pull " + card.name + "`"};
        }
        if (!hash) return hash.error();
        if (*hash != file.sha256) {
            return Error{Fault::Corrupt, path.string() + " is damaged (its hash is wrong): run `mien models pull " +
                                             card.name + "` to fetch it anew"};
        }
        local.files.push_back(path);
    }
    return local;
}

}  // namespace mien::models
