#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "gallery/search/template_index.h"

namespace mien::gallery {

struct CentroidOptions {
    std::size_t count = 1;  // 1.. number of sample rows
    int rounds = 8;         // of assignment and averaging, 0 or more
    int threads = 1;
    Lock lock = Lock::Off;
    std::string kernel{};
};

// Directions around which the sample lies, by spherical k-means (Dhillon and Modha 2001, "Concept decompositions for
// large sparse text data using clustering"): each is the direction of the mean of the rows nearest to it. They come as
// an exact index whose row `i` is direction i. Starts from rows evenly apart in the sample; a direction that has lost
// all its rows takes up a row of the sample instead. Errors: BadInput (sizes, vectors not of unit length), Unavailable.
Result<std::unique_ptr<TemplateIndex>> centroids_of(std::span<const float> sample, std::size_t dimension,
                                                    const CentroidOptions& options);

}  // namespace mien::gallery
