#include "gallery/search/chunk.h"

#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "gallery/search/code.h"
#include "gallery/search/similarity.h"

namespace mien::gallery {
namespace {

// Cuts memory into arrays that begin at whole cache lines; with no memory given it only counts.
class Cutter {
public:
    explicit Cutter(std::byte* start) : start_(start) {}
    template <class T>
    T* take(std::size_t count) {
        std::byte* here = start_ == nullptr ? nullptr : start_ + used_;
        used_ += (count * sizeof(T) + 63) / 64 * 64;
        return reinterpret_cast<T*>(here);
    }
    std::size_t used() const { return used_; }

private:
    std::byte* start_;
    std::size_t used_ = 0;
};

std::size_t code_bytes(const Shape& shape, std::uint32_t capacity) {
    return std::size_t{capacity} * shape.groups * 4;
}

std::size_t value_rows(const Shape& shape, std::uint32_t capacity) {
    return shape.values == Values::Kept ? capacity : block_rows;
}

}  // namespace

Shape Shape::of(std::size_t dimension, Values values) {
    const auto d = static_cast<std::uint32_t>(dimension);
    return {d, (d + 3) / 4, (d + 15) / 16 * 16, values};
}

std::size_t Chunk::bytes(const Shape& shape, std::uint32_t capacity) {
    Cutter cutter(nullptr);
    cutter.take<std::uint8_t>(code_bytes(shape, capacity));
    for (int measure = 0; measure < 3; ++measure) cutter.take<float>(capacity);
    cutter.take<float>(capacity / block_rows);
    for (int column = 0; column < 4; ++column) cutter.take<std::uint64_t>(capacity);
    cutter.take<float>(value_rows(shape, capacity) * shape.padded);
    return whole_pages(cutter.used());
}

Result<std::shared_ptr<Chunk>> Chunk::make(const Shape& shape, std::uint32_t capacity, Axis axis, Lock lock) {
    assert(capacity % block_rows == 0 && axis->size() == shape.dimension);
    MIEN_LET(memory, Memory::make(bytes(shape, capacity), lock));
    std::shared_ptr<Chunk> made(new Chunk(shape, capacity, std::move(axis), std::move(memory)));
    return made;
}

Chunk::Chunk(const Shape& shape, std::uint32_t capacity, Axis axis, Memory memory)
    : shape_(shape), capacity_(capacity), axis_(std::move(axis)), memory_(std::move(memory)) {
    Cutter cutter(memory_.data());
    codes_ = cutter.take<std::uint8_t>(code_bytes(shape, capacity));
    scales_ = cutter.take<float>(capacity);
    errors_ = cutter.take<float>(capacity);
    alongs_ = cutter.take<float>(capacity);
    reaches_ = cutter.take<float>(capacity / block_rows);
    ids_ = cutter.take<std::uint64_t>(capacity);
    subjects_ = cutter.take<std::uint64_t>(capacity);
    enrolled_at_ = cutter.take<std::int64_t>(capacity);
    tags_ = cutter.take<std::uint64_t>(capacity);
    values_ = cutter.take<float>(value_rows(shape, capacity) * shape.padded);
}

Chunk::~Chunk() {
    if (memory_.data() == nullptr) return;
    // Pages that were never written hold nothing and need not be brought in to be zeroed.
    wipe(codes_, code_bytes(shape_, (written_ + block_rows - 1) / block_rows * block_rows));
    const std::size_t value_rows_written = shape_.values == Values::Kept ? written_ : block_rows;
    wipe(values_, value_rows_written * shape_.padded * sizeof(float));
}

float* Chunk::slot(std::uint32_t at) const {
    const std::size_t row = shape_.values == Values::Kept ? at : at % block_rows;
    return values_ + row * shape_.padded;
}

const float* Chunk::values(std::uint32_t at) const {
    assert(shape_.values == Values::Kept);
    return slot(at);
}

void Chunk::write(std::uint32_t first, std::uint32_t end, const Row* rows, const float* values) {
    assert(first < end && first / block_rows == (end - 1) / block_rows && end <= capacity_);
    const bool full = end % block_rows == 0;
    for (std::uint32_t at = first; at < end; ++at) {
        const Row& row = rows[at - first];
        ids_[at] = row.id;
        subjects_[at] = row.subject;
        enrolled_at_[at] = row.enrolled_at;
        tags_[at] = row.tags;
        if (full && shape_.values == Values::Fetched) continue;  // coded straight away
        std::memcpy(slot(at), values + std::size_t{at - first} * shape_.dimension, shape_.dimension * sizeof(float));
    }
    if (full) encode(first / block_rows, first, values);
    // With fetched values the 16 places were only for the block being filled.
    if (full && shape_.values == Values::Fetched)
        wipe(values_, std::size_t{block_rows} * shape_.padded * sizeof(float));
}

void Chunk::encode(std::uint32_t block, std::uint32_t first_given, const float* given) {
    std::array<std::int8_t, max_dimension> codes;
    std::fill_n(codes.begin(), std::size_t{shape_.groups} * 4, std::int8_t{0});  // past the dimension, too
    std::uint8_t* out = codes_ + std::size_t{block} * shape_.groups * block_rows * 4;
    float reach = 0;
    for (std::uint32_t r = 0; r < block_rows; ++r) {
        const std::uint32_t at = block * block_rows + r;
        const float* source = at < first_given ? slot(at) : given + std::size_t{at - first_given} * shape_.dimension;
        const auto own = encode_row({source, shape_.dimension}, *axis_, {codes.data(), shape_.dimension});
        scales_[at] = own.scale;
        errors_[at] = own.error;
        alongs_[at] = own.along;
        reach = std::max(reach, own.reach);
        for (std::uint32_t group = 0; group < shape_.groups; ++group) {  // four codes at once, each plus 128
            std::uint32_t four = 0;
            std::memcpy(&four, codes.data() + std::size_t{group} * 4, 4);
            four ^= 0x80808080U;
            std::memcpy(out + (std::size_t{group} * block_rows + r) * 4, &four, 4);
        }
    }
    reaches_[block] = reach;
    wipe(codes.data(), shape_.dimension);
}

CodeRun Chunk::codes(std::uint32_t first_block, std::uint32_t blocks, const std::uint16_t* open) const {
    const std::size_t row = std::size_t{first_block} * block_rows;
    return {codes_ + row * shape_.groups * 4, scales_ + row, errors_ + row, alongs_ + row,
            reaches_ + first_block,           open,          blocks,        shape_.groups};
}

}  // namespace mien::gallery
