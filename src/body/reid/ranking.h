#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "types/template.h"

namespace mien::body {

// Rows are queries, columns are gallery entries; smaller is nearer.
struct Distances {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<float> values{};  // row by row
    float at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
    float& at(std::size_t row, std::size_t column) { return values[row * columns + column]; }
};

// 1 - cosine of the angle between templates, 0..2. Errors: BadInput when makers or lengths differ.
Result<Distances> distances(std::span<const Template> rows, std::span<const Template> columns);

// The gallery's entries by distance from one query, nearest first; of equal ones the earlier first.
std::vector<std::size_t> ranking(const Distances& distances, std::size_t query);

struct RerankOptions {
    std::size_t k1 = 20;  // neighbours that may be reciprocal
    std::size_t k2 = 6;   // neighbours whose sets are averaged
    float lambda = 0.3f;  // share of the first distance in the answer, 0..1
};

// k-reciprocal re-ranking: the first distance blended with the Jaccard distance of the k-reciprocal neighbourhoods,
// those of the queries among themselves included (Zhong, Zheng, Cao, Li, Re-ranking person re-identification with
// k-reciprocal encoding, CVPR 2017). As there, distances are squared Euclidean ones (twice 1 - cosine), each row
// divided by its largest. Time and memory grow with the square of queries + gallery. Errors: BadInput for options out
// of range, makers that differ, and for more than 20,000 templates together.
Result<Distances> rerank(std::span<const Template> queries, std::span<const Template> gallery,
                         const RerankOptions& options = {});

// How long people take from one camera to another.
struct Passage {
    std::chrono::duration<float> shortest{0};
    std::chrono::duration<float> longest{0};
    std::chrono::duration<float> softness{1};  // beyond those, plausibility falls by e in this time; above 0
};

// 1 within the passage's times, falling exponentially outside. The gap is that of the later sighting.
float plausibility(std::chrono::duration<float> gap, const Passage& passage);

// A distance with what camera and time say: it is raised by up to `weight` where the gap is implausible. The prior is
// added, so that a strong likeness can still win: clocks and walkers are not exact.
float with_prior(float distance, float plausibility, float weight = 0.5f);

}  // namespace mien::body
