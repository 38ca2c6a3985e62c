#include "gallery/search/centroids.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gallery/search/memory.h"

namespace mien::gallery {
namespace {

constexpr std::size_t rows_at_once = 256;  // that are assigned; their codes stay in the cache
constexpr double shortest_mean = 1e-6;     // below it rows point everywhere and have no common direction

// The sums of the rows nearest to each direction, and how many they are.
struct Sums {
    std::vector<double> values{};
    std::vector<std::size_t> rows{};
};

Result<Sums> sums_around(const TemplateIndex& directions, std::span<const float> sample) {
    const std::size_t dimension = directions.dimension();
    Sums sums{std::vector<double>(directions.size() * dimension), std::vector<std::size_t>(directions.size())};
    const std::size_t count = sample.size() / dimension;
    for (std::size_t first = 0; first < count; first += rows_at_once) {
        const std::size_t now = std::min(rows_at_once, count - first);
        const auto own = sample.subspan(first * dimension, now * dimension);
        MIEN_LET(nearest, directions.search(own, {.k = 1}));
        for (std::size_t i = 0; i < now; ++i) {
            const std::size_t list = nearest[i].hits.front().id;
            ++sums.rows[list];
            for (std::size_t j = 0; j < dimension; ++j)
                sums.values[list * dimension + j] += static_cast<double>(own[i * dimension + j]);
        }
    }
    return sums;
}

void average(const Sums& sums, std::span<const float> sample, int round, std::span<float> directions) {
    const std::size_t dimension = directions.size() / sums.rows.size();
    const std::size_t sample_rows = sample.size() / dimension;
    for (std::size_t list = 0; list < sums.rows.size(); ++list) {
        const std::span<float> own = directions.subspan(list * dimension, dimension);
        const double* sum = sums.values.data() + list * dimension;
        double squares = 0;
        for (std::size_t j = 0; j < dimension; ++j) squares += sum[j] * sum[j];
        const double length = std::sqrt(squares);
        if (length > shortest_mean * static_cast<double>(sums.rows[list]) && sums.rows[list] > 0) {
            for (std::size_t j = 0; j < dimension; ++j) own[j] = static_cast<float>(sum[j] / length);
        } else {
            // Another row in each round: a step through the sample that meets all rows of a sample of any size.
            const std::size_t row = (list * 7919 + static_cast<std::size_t>(round) + 1) % sample_rows;
            std::copy_n(sample.begin() + static_cast<std::ptrdiff_t>(row * dimension), dimension, own.begin());
        }
    }
}

}  // namespace

Result<std::unique_ptr<TemplateIndex>> centroids_of(std::span<const float> sample, std::size_t dimension,
                                                    const CentroidOptions& options) {
    const std::size_t rows = dimension == 0 ? 0 : sample.size() / dimension;
    if (options.count == 0 || options.count > rows || options.rounds < 0) {
        return Error{Fault::BadInput, "count must be 1.." + std::to_string(rows) + " and rounds 0 or more, got " +
                                          std::to_string(options.count) + " and " + std::to_string(options.rounds)};
    }
    // A direction of few rows says much of them, so it is kept as templates are.
    MIEN_LET(memory, Memory::make(options.count * dimension * sizeof(float), options.lock));
    const std::span<float> directions(reinterpret_cast<float*>(memory.data()), options.count * dimension);
    std::vector<Row> numbered(options.count);
    for (std::size_t i = 0; i < options.count; ++i) {
        numbered[i].id = i;
        const std::size_t row = i * rows / options.count;
        std::copy_n(sample.data() + row * dimension, dimension, directions.data() + i * dimension);
    }
    IndexOptions wanted;
    wanted.dimension = dimension;
    wanted.threads = options.threads;
    wanted.lock = options.lock;
    wanted.kernel = options.kernel;
    Status went{};
    std::unique_ptr<TemplateIndex> index;
    for (int round = 0; went && round <= options.rounds; ++round) {
        auto made = TemplateIndex::make(wanted);
        went = made ? (*made)->insert(numbered, directions) : Status(made.error());
        if (!went) break;
        index = std::move(*made);
        if (round == options.rounds) break;
        const auto sums = sums_around(*index, sample);
        if (!sums) went = sums.error();
        if (sums) average(*sums, sample, round, directions);
    }
    wipe(directions.data(), directions.size_bytes());
    if (!went) return went.error();
    return index;
}

}  // namespace mien::gallery
