#pragma once

#include <memory>
#include <span>
#include <vector>

#include "gallery/search/chunk.h"
#include "gallery/search/sieve.h"
#include "gallery/search/workers.h"

namespace mien::gallery {

// What a scan stands on; all of it outlives the call.
struct Scanned {
    const Snapshot& snapshot;
    const Shape& shape;
    const Kernel& kernel;
    const Fetch& fetch;
    Workers& workers;
};

// The exact answers to checked probes (dimension numbers each). Errors: those of fetch; Corrupt when what it brings is
// not what the row's codes were made of.
Result<std::vector<Answer>> scan(const Scanned& scanned, std::span<const float> probes, const Question& question,
                                 Sieve sieve);

}  // namespace mien::gallery
