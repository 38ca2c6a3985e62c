#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "gallery/search/chunk.h"
#include "gallery/search/id_map.h"
#include "gallery/search/listed_index.h"
#include "gallery/search/sieve.h"
#include "gallery/search/workers.h"

// The inside of ListedIndex, for listed_index.cpp (searches) and listed_changes.cpp alone.
namespace mien::gallery {

inline constexpr std::size_t most_lists = 65536;

// The rows as they lie at a moment. What it points to may be shared with later ones; it is never changed itself.
struct Layout {
    Snapshot all{};                                        // the views of every list
    std::vector<std::vector<std::uint32_t>> lists = {{}};  // numbers of their views
    // Row i is list i's; none: there is one list. The list after the last is that of rows every search looks at: what
    // lists have beyond whole blocks, of their rows the least similar to the centroid, which would be missed most
    // often.
    std::shared_ptr<const TemplateIndex> centroids{};
    Axis axis{};
    std::size_t rows_then = 0;  // when the lists were made
};

using Places = std::vector<std::uint32_t>;

// The list of the most similar centroid.
struct Nearest {
    std::uint32_t list = 0;
    float similarity = 0;
};

// As the exact index: writers come one at a time (`writing`), prepare a new layout, and put it in place under `gate`.
struct ListedIndex::State {
    State(ListedOptions given, const Kernel* chosen);

    // A place is a row's number over all views, chunk_rows to each.
    std::size_t view_of(std::uint32_t place) const { return place / options.chunk_rows; }
    std::uint32_t row_of(std::uint32_t place) const { return static_cast<std::uint32_t>(place % options.chunk_rows); }
    auto id_at(const Layout& now) const {
        return [this, &now](std::uint32_t place) { return now.all.views[view_of(place)].chunk->id(row_of(place)); };
    }
    std::shared_ptr<const Layout> now() const {
        const std::shared_lock lock(gate);
        return layout;
    }

    Status check_new(std::span<const Row> rows) const;
    Result<Places> find_all(std::span<const Row> rows) const;
    Result<std::vector<Nearest>> lists_of(const Layout& now, std::span<const float> values) const;
    Result<std::uint32_t> open_view(Layout& next, std::size_t list, std::size_t rows_to_come) const;
    Result<Places> append(Layout& next, std::span<const Row> rows, std::span<const float> values) const;
    void clear(Layout& next, const Places& gone) const;
    void publish(Layout next, const Places& gone, const Places& added);
    Status arrange();
    Result<Layout> arranged(const Layout& before) const;
    Status arrange_if_grown();

    std::size_t eligible(const Layout& now, const Sieve& sieve, const Question& question, std::uint32_t view) const;
    Result<std::vector<std::uint32_t>> choose(const Layout& now, const Sieve& sieve, std::span<const float> probe,
                                              const Question& question, double share) const;
    Result<std::vector<Answer>> scan_views(const Snapshot& views, const Sieve::IdRows& id_rows,
                                           std::span<const float> probes, const Question& question) const;
    Sieve::IdRows rows_of(const std::vector<std::uint64_t>& ids) const;

    const ListedOptions options;
    const Shape shape;
    const Kernel* const kernel;
    mutable Workers workers;
    const Fetch no_fetch{};

    std::mutex writing{};
    mutable std::shared_mutex gate{};
    std::shared_ptr<const Layout> layout;
    IdMap places{};
};

}  // namespace mien::gallery
