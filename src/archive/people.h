#pragma once

#include <map>
#include <string>
#include <vector>

#include "archive/search.h"
#include "types/visit.h"

namespace mien::archive {

// Sightings put together to people by their templates of one maker.
struct People {
    std::size_t people = 0;
    std::vector<Visit> visits{};                                    // one a sighting, by the sighting's number
    std::vector<std::string> places{};                              // cameras; a visit's place is its number here
    std::map<std::int64_t, std::vector<std::int64_t>> sightings{};  // of each person
};

// By rising number each sighting joins the most similar earlier one, if that is at least as similar as `threshold`
// (0..1); sightings without a template of this maker are left out. Errors: those of the store.
Result<People> people_of(const Archive& archive, const Maker& maker, float threshold);

}  // namespace mien::archive
