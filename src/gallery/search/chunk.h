#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gallery/search/kernel.h"
#include "gallery/search/memory.h"

namespace mien::gallery {

enum class Values { Kept, Fetched };  // whether fp32 copies are in memory

struct Shape {
    std::uint32_t dimension = 0;
    std::uint32_t groups = 0;  // ceil(dimension / 4)
    std::uint32_t padded = 0;  // dimension, up to a multiple of 16
    Values values = Values::Kept;
    static Shape of(std::size_t dimension, Values values);
};

// The direction of the mean of hundreds of rows (code.h), `dimension` numbers; chunks share it.
using Axis = std::shared_ptr<const std::vector<float>>;

// A piece of memory for `capacity` rows. One thread appends; what it has appended may be read once a View that counts
// it was handed over (template_index.cpp does so under a lock), and is never written again. Codes are written for whole
// blocks of 16 only, so that no reader sees half a block; the rows after the last whole block are compared in fp32.
class Chunk {
public:
    // Errors: Unavailable.
    static Result<std::shared_ptr<Chunk>> make(const Shape& shape, std::uint32_t capacity, Axis axis, Lock lock);
    ~Chunk();
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;

    static std::size_t bytes(const Shape& shape, std::uint32_t capacity);
    std::uint32_t capacity() const { return capacity_; }
    std::size_t size() const { return memory_.size(); }
    bool huge() const { return memory_.huge(); }

    // The block's rows from `first` to `end` (numbers in the chunk) take rows[0]…, values[0]…; the block's codes are
    // made when it is full. Blocks that become full may be written at the same time, one that does not must be the
    // last.
    void write(std::uint32_t first, std::uint32_t end, const Row* rows, const float* values);

    // Rows below `end` have been written to: what is to be zeroed at the end. From one thread.
    void mark_written(std::uint32_t end) { written_ = std::max(written_, end); }

    Row row(std::uint32_t at) const { return {ids_[at], subjects_[at], enrolled_at_[at], tags_[at]}; }
    std::uint64_t id(std::uint32_t at) const { return ids_[at]; }
    std::uint64_t subject(std::uint32_t at) const { return subjects_[at]; }
    std::int64_t enrolled_at(std::uint32_t at) const { return enrolled_at_[at]; }
    std::uint64_t tags(std::uint32_t at) const { return tags_[at]; }
    float error(std::uint32_t at) const { return errors_[at]; }
    float reach(std::uint32_t block) const { return reaches_[block]; }
    const Axis& axis() const { return axis_; }
    const float* values(std::uint32_t at) const;  // `padded` numbers; only with Values::Kept

    // `open` has one entry for each of the blocks.
    CodeRun codes(std::uint32_t first_block, std::uint32_t blocks, const std::uint16_t* open) const;

private:
    Chunk(const Shape& shape, std::uint32_t capacity, Axis axis, Memory memory);
    void encode(std::uint32_t block, std::uint32_t first_given, const float* given);
    float* slot(std::uint32_t at) const;

    Shape shape_;
    std::uint32_t capacity_;
    std::uint32_t written_ = 0;
    Axis axis_;
    Memory memory_;
    std::uint8_t* codes_ = nullptr;
    float* scales_ = nullptr;
    float* errors_ = nullptr;
    float* alongs_ = nullptr;
    float* reaches_ = nullptr;
    std::uint64_t* ids_ = nullptr;
    std::uint64_t* subjects_ = nullptr;
    std::int64_t* enrolled_at_ = nullptr;
    std::uint64_t* tags_ = nullptr;
    float* values_ = nullptr;  // of all rows, or of the 16 rows of the block being filled
};

// What a search sees of a chunk. Unchangeable.
struct View {
    std::shared_ptr<const Chunk> chunk{};                       // none: a place that waits for a chunk
    std::uint32_t count = 0;                                    // rows
    std::uint32_t living = 0;                                   // of them not removed
    std::shared_ptr<const std::vector<std::uint16_t>> alive{};  // one bit a row; none: all of them
    std::int64_t earliest = 0;                                  // enrolment of any row
    std::int64_t latest = 0;

    bool is_alive(std::uint32_t at) const { return !alive || ((*alive)[at / 16] >> (at % 16) & 1) != 0; }
};

struct Snapshot {
    std::vector<View> views{};
    std::size_t rows = 0;  // living
};

}  // namespace mien::gallery
