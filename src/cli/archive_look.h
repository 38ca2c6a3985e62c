#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/store.h"
#include "gallery/search/search_engine.h"

namespace mien::cli {

// A look-up in an archive of sightings: where and when was this person seen?
struct ArchiveWish {
    StoreChoice store{};
    std::string archive{};
    std::size_t top = 20;
    std::optional<double> fmr{};   // by face: the wished false match rate of each single comparison
    std::optional<float> alike{};  // by body: the least similarity shown, 0..1
    std::string by = "auto";       // face, body, or auto: the face where the picture and the archive have one
    gallery::Filter times{};       // enrolled_from and enrolled_before count
    std::vector<std::string> cameras{};
    std::vector<std::string> attributes{};
    std::string draw_folder{};
};

// All pictures show one person. Prints the sightings, the most similar first, and the way over the cameras.
// Exit code 1 where nobody is like the person.
Result<int> search_in_archive(const ArchiveWish& wish, const std::vector<std::string>& pictures);

}  // namespace mien::cli
