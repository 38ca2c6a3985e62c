#pragma once

#include <memory>

#include "gallery/search/search_engine.h"
#include "gallery/search/template_index.h"

namespace mien::gallery {

struct ListedOptions {
    std::size_t dimension = 0;  // 1..2048
    int threads = 0;            // that scan, the caller's included; 0: one for each core
    Lock lock = Lock::Off;
    std::size_t lists = 0;            // 1..65536; 0: the square root of the number of rows
    std::size_t least_rows = 50'000;  // below it there is one list, and every search is exact
    double share = 0.1;               // of the rows that a probe looks at, above 0, at most 1: all of them, exactly
    std::size_t chunk_rows = 8192;    // rows a piece of memory holds at most: a multiple of 16, 16..1048576
    std::string kernel{};             // by name, for tests and measurements; empty: the best this CPU has
};

// Inverted lists (Jegou, Douze, Schmid 2011, "Product quantization for nearest neighbor search", section IV) over the
// coded rows of the exact index: rows lie grouped by the nearest of some centroids, found by k-means; a probe scans the
// lists of the centroids nearest to it, as the exact index does (scan.h), so what it finds has exact similarities, but
// a row in a list that it did not scan is missed. Ways not to miss more than that:
// - lists are scanned until `share` of the rows that were there when the lists were made have been looked at, counting
//   only rows that are alive and pass the filter. So whatever is removed or filtered, a probe scans at least the lists
//   that it would scan otherwise, and a row that it would find is found; where fewer rows pass, all lists are scanned
//   and the answer is exact. A filter with `also` is asked row by row, so there all lists are scanned at once.
// - a batch of 16 probes or more is answered by an exact scan where that is the cheaper.
// A row is put into its list when it is inserted and the next search sees it. Lists are made anew, inside insert(),
// when the rows have doubled since; for that time the index holds its rows twice.
class ListedIndex final : public SearchEngine {
public:
    // Errors: BadInput (an option out of its range), Unsupported (a kernel that this CPU lacks).
    static Result<std::unique_ptr<ListedIndex>> make(ListedOptions options);
    ~ListedIndex() override;

    Status insert(std::span<const Row> rows, std::span<const float> values) override;
    Status update(std::span<const Row> rows, std::span<const float> values) override;
    Result<std::size_t> remove(std::span<const std::uint64_t> ids) override;
    Result<std::vector<Answer>> search(std::span<const float> probes, const Question& question) const override;
    std::size_t size() const override;
    std::size_t dimension() const override;

    // As search(), with another share than the options'. Errors: BadInput (share out of its range), as search().
    Result<std::vector<Answer>> search_share(std::span<const float> probes, const Question& question,
                                             double share) const;

    // Makes the lists anew, however few rows there are, and gives the memory of removed rows back. Searches go on,
    // changes wait. Errors: Unavailable (memory); the lists are then as before.
    Status arrange();

    std::size_t lists() const;
    std::size_t memory() const override;  // bytes held now
    const char* kernel() const;

private:
    struct State;
    explicit ListedIndex(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::gallery
