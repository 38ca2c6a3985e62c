#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "gallery/search/chunk.h"
#include "gallery/search/id_map.h"

namespace mien::gallery {

// A filter made ready for a scan. What can be told from small columns is decided for whole blocks before their codes
// are read; "not this subject" and the caller's own condition are asked only of rows that are similar enough to matter.
class Sieve {
public:
    // The filter must outlive the sieve; its lists are sorted copies here. `id_rows`: for each place in the snapshot
    // that has a row of filter.ids, one bit a row.
    using IdRows = std::unordered_map<std::uint32_t, std::vector<std::uint16_t>>;
    Sieve(const Filter& filter, IdRows id_rows);

    // Of ids and a lookup of their rows' numbers over all views, `chunk_rows` to each; IdMap::none is passed over.
    template <class PlaceOf>
    static IdRows rows_of(std::span<const std::uint64_t> ids, std::size_t chunk_rows, const PlaceOf& place_of) {
        IdRows rows;
        for (const std::uint64_t id : ids) {
            const std::uint32_t place = place_of(id);
            if (place == IdMap::none) continue;
            auto& own = rows[static_cast<std::uint32_t>(place / chunk_rows)];
            if (own.empty()) own.assign(chunk_rows / block_rows, 0);
            const std::size_t row = place % chunk_rows;
            own[row / block_rows] = static_cast<std::uint16_t>(own[row / block_rows] | 1u << row % block_rows);
        }
        return rows;
    }

    // Whether no row of the view can pass.
    bool closes(const View& view, std::uint32_t place) const;

    // One entry a block, one bit a row that passes so far; the last block may be partly filled. Gives their number.
    std::uint32_t open(const View& view, std::uint32_t place, std::uint32_t first_block,
                       std::span<std::uint16_t> open) const;

    // The conditions that open() left.
    bool lets_through(const Chunk& chunk, std::uint32_t at) const;

    // Rows that turned out to be gone.
    void leave_out(std::span<const std::uint64_t> ids);

private:
    bool columns_pass(const Chunk& chunk, std::uint32_t at) const;

    const Filter& filter_;
    IdRows id_rows_;
    std::vector<std::uint64_t> subjects_{};
    std::vector<std::uint64_t> not_subjects_{};
    std::vector<std::uint64_t> left_out_{};
    bool asks_columns_ = false;
    bool asks_last_ = false;
};

}  // namespace mien::gallery
