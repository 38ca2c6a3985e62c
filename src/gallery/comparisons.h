#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gallery/store/store.h"
#include "statistics/calibration.h"

namespace mien::gallery {

// What a gallery's own templates tell about its errors, compared as `mien identify` compares them: a subject's pictures
// as one (statistics/several.h).
struct OwnComparisons {
    std::size_t subjects = 0;   // named ones with a template by the maker
    std::size_t templates = 0;  // of everybody, profiles of unknown people included
    std::size_t profiles = 0;   // subjects that a search can find, unknown ones included
    std::size_t compared = 0;   // subjects whose pairs are in `pairs`
    // Non-mated similarities of all pairs of subjects, row by row, i < j: the first template of one (in turn the first
    // or the second) with all of the other. Only named subjects: an unknown profile may be one of them.
    std::vector<float> pairs{};
    // Mated ones: each template of a subject that has several, with the others. Pictures taken on one day flatter here.
    std::vector<statistics::MatedScore> mated{};
    std::size_t mated_subjects = 0;
};

// Of more than `most_compared` subjects a random choice is compared, the same one each time. Without `several` only a
// subject's first template counts as its reference. Errors: those of the store.
Result<OwnComparisons> own_comparisons(Store& store, const std::string& gallery, const Maker& maker,
                                       const std::optional<statistics::Several>& several,
                                       std::size_t most_compared = 4000);

}  // namespace mien::gallery
