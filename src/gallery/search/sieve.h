#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "gallery/search/chunk.h"

namespace mien::gallery {

// A filter made ready for a scan. What can be told from small columns is decided for whole blocks before their codes
// are read; "not this subject" and the caller's own condition are asked only of rows that are similar enough to matter.
class Sieve {
public:
    // The filter must outlive the sieve; its lists are sorted copies here. `id_rows`: for each place in the snapshot
    // that has a row of filter.ids, one bit a row.
    using IdRows = std::unordered_map<std::uint32_t, std::vector<std::uint16_t>>;
    Sieve(const Filter& filter, IdRows id_rows);

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
