#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"

namespace mien::gallery {

// What an engine knows of a template besides its values.
struct Row {
    std::uint64_t id = 0;          // the template's, unique in the engine
    std::uint64_t subject = 0;     // whose it is
    std::int64_t enrolled_at = 0;  // milliseconds since 1970-01-01 UTC
    std::uint64_t tags = 0;        // one bit a tag; the caller says which is which
    friend bool operator==(const Row&, const Row&) = default;
};

// Which rows may be found. Every condition given must hold; a Filter as made lets every row through.
struct Filter {
    std::int64_t enrolled_from = std::numeric_limits<std::int64_t>::min();  // from then on
    std::int64_t enrolled_before = std::numeric_limits<std::int64_t>::max();
    std::uint64_t all_of = 0;                              // tags a row must have
    std::uint64_t any_of = 0;                              // tags of which it must have one; 0: no such wish
    std::uint64_t none_of = 0;                             // tags it must not have
    std::optional<std::vector<std::uint64_t>> ids{};       // only these rows; ids that are not there are passed over
    std::optional<std::vector<std::uint64_t>> subjects{};  // only these subjects
    std::vector<std::uint64_t> not_subjects{};             // "this is not that person"
    std::function<bool(const Row&)> also{};  // asked last, for few rows, from several threads at once; must not throw
};

enum class Rank { Templates, BestOfSubject };  // BestOfSubject: each subject once, by its most similar template

struct Question {
    std::size_t k = 1;     // how many hits at most, 1 or more
    float threshold = -2;  // only hits at least so similar
    Rank rank = Rank::Templates;
    int threads = 0;  // at most so many; 0: as the engine was made
    Filter filter{};
};

struct Hit {
    std::uint64_t id = 0;
    std::uint64_t subject = 0;
    float similarity = 0;  // the inner product, see similarity.h
    friend bool operator==(const Hit&, const Hit&) = default;
};

// The hits of one probe: by similarity, the greatest first, equal ones by id.
struct Answer {
    std::vector<Hit> hits{};
    std::uint64_t rescored = 0;  // rows of which the fp32 values were looked at
};

// 1:N search among templates of one maker: unit-length vectors of one dimension. The exact scan (template_index.h) and
// the plain reference (plain_index.h) are such engines; one that asks PostgreSQL or Milvus can be another.
// Thread rule: every call may run at the same time as any other. A change is seen by each search that starts after it
// returned; a search sees all of a change or none of it. `values` are rows after rows, dimension() numbers each.
class SearchEngine {
public:
    virtual ~SearchEngine() = default;

    // Adds rows, all or none. Errors: BadInput (sizes; a vector that is not finite or whose length is not 1 within
    // 1e-3), Conflict (an id that is there already, or twice in `rows`), Unavailable (memory).
    virtual Status insert(std::span<const Row> rows, std::span<const float> values) = 0;

    // Replaces the rows of the same ids, all or none. Errors: as insert; NotFound (an id that is not there).
    virtual Status update(std::span<const Row> rows, std::span<const float> values) = 0;

    // Takes rows out and says how many there were; ids that are not there are passed over.
    virtual Result<std::size_t> remove(std::span<const std::uint64_t> ids) = 0;

    // One answer a probe. Errors: BadInput (sizes, k of 0, a probe that is not finite or not of unit length).
    virtual Result<std::vector<Answer>> search(std::span<const float> probes, const Question& question) const = 0;

    virtual std::size_t size() const = 0;       // rows that can be found
    virtual std::size_t dimension() const = 0;  // 1..2048
    virtual std::size_t memory() const = 0;     // bytes held now
};

}  // namespace mien::gallery
