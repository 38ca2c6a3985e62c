#pragma once

#include <filesystem>

#include "base/result.h"
#include "models/card.h"

namespace mien::models {

// Where model files lie on this disk: <root>/<name>-<version>/<file>.
// Thread rule: const calls may run at the same time, in several processes too.
class Store {
public:
    explicit Store(std::filesystem::path root) : root_(std::move(root)) {}

    // MIEN_MODELS, else $XDG_CACHE_HOME/mien/models, else ~/.cache/mien/models. Errors: Unavailable when none of these
    // is set.
    static Result<Store> open();

    // The model's files, each verified against its hash just now.
    // Errors: NotFound when one is missing, Corrupt when a hash is wrong; both say what to do.
    Result<LocalModel> find(const Card& card) const;

    bool has(const Card& card) const;  // by presence and size, without hashing

    const std::filesystem::path& root() const { return root_; }
    std::filesystem::path folder_of(const Card& card) const { return root_ / (card.name + "-" + card.version); }
    std::filesystem::path compiled_folder() const { return root_ / "compiled"; }

private:
    std::filesystem::path root_;
};

}  // namespace mien::models
