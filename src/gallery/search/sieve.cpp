#include "gallery/search/sieve.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace mien::gallery {

Sieve::Sieve(const Filter& filter, IdRows id_rows) : filter_(filter), id_rows_(std::move(id_rows)) {
    using Limits = std::numeric_limits<std::int64_t>;
    if (filter.subjects) subjects_ = *filter.subjects;
    not_subjects_ = filter.not_subjects;
    std::ranges::sort(subjects_);
    std::ranges::sort(not_subjects_);
    asks_columns_ = filter.subjects || filter.enrolled_from != Limits::min() ||
                    filter.enrolled_before != Limits::max() || (filter.all_of | filter.any_of | filter.none_of) != 0;
    asks_last_ = !not_subjects_.empty() || filter.also;
}

bool Sieve::closes(const View& view, std::uint32_t place) const {
    if (!view.chunk || view.living == 0) return true;
    if (view.latest < filter_.enrolled_from || view.earliest >= filter_.enrolled_before) return true;
    return filter_.ids && !id_rows_.contains(place);
}

bool Sieve::columns_pass(const Chunk& chunk, std::uint32_t at) const {
    const std::int64_t when = chunk.enrolled_at(at);
    if (when < filter_.enrolled_from || when >= filter_.enrolled_before) return false;
    const std::uint64_t tags = chunk.tags(at);
    if ((tags & filter_.all_of) != filter_.all_of || (tags & filter_.none_of) != 0) return false;
    if (filter_.any_of != 0 && (tags & filter_.any_of) == 0) return false;
    return !filter_.subjects || std::ranges::binary_search(subjects_, chunk.subject(at));
}

std::uint32_t Sieve::open(const View& view, std::uint32_t place, std::uint32_t first_block,
                          std::span<std::uint16_t> open) const {
    const bool plain = !view.alive && !filter_.ids && !asks_columns_;
    if (plain && (first_block + open.size()) * block_rows <= view.count) {
        std::ranges::fill(open, std::uint16_t{0xffff});
        return static_cast<std::uint32_t>(open.size()) * block_rows;
    }
    const auto listed = id_rows_.find(place);
    std::uint32_t rows = 0;
    for (std::uint32_t b = 0; b < open.size(); ++b) {
        const std::uint32_t block = first_block + b;
        std::uint32_t bits = view.alive ? (*view.alive)[block] : 0xffff;
        const std::uint32_t filled = view.count - block * block_rows;
        if (filled < block_rows) bits &= (1u << filled) - 1;
        if (filter_.ids) bits &= listed->second[block];
        if (asks_columns_) {
            for (std::uint32_t left = bits; left != 0; left &= left - 1) {
                const auto r = static_cast<std::uint32_t>(std::countr_zero(left));
                if (!columns_pass(*view.chunk, block * block_rows + r)) bits &= ~(1u << r);
            }
        }
        open[b] = static_cast<std::uint16_t>(bits);
        rows += static_cast<std::uint32_t>(std::popcount(bits));
    }
    return rows;
}

bool Sieve::lets_through(const Chunk& chunk, std::uint32_t at) const {
    if (!asks_last_) return true;
    if (std::ranges::binary_search(not_subjects_, chunk.subject(at))) return false;
    if (std::ranges::binary_search(left_out_, chunk.id(at))) return false;
    return !filter_.also || filter_.also(chunk.row(at));
}

void Sieve::leave_out(std::span<const std::uint64_t> ids) {
    left_out_.insert(left_out_.end(), ids.begin(), ids.end());
    std::ranges::sort(left_out_);
    asks_last_ = true;
}

}  // namespace mien::gallery
