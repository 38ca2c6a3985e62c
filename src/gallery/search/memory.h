#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "gallery/search/template_index.h"

namespace mien::gallery {

// A piece of memory for template values, taken from the operating system: zero at first, on huge pages where it is big
// enough, left out of core dumps, locked if asked for. What was written to must be wiped by its owner.
class Memory {
public:
    // Errors: Unavailable (no memory; the limit of locked memory refuses).
    static Result<Memory> make(std::size_t bytes, Lock lock);
    Memory(Memory&& other) noexcept;
    Memory& operator=(Memory&& other) noexcept;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory();

    std::byte* data() const { return data_; }  // aligned to 4 KiB, from 2 MiB on to 2 MiB
    std::size_t size() const { return size_; }
    bool huge() const { return huge_; }

private:
    Memory() = default;
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    bool huge_ = false;
};

// Zeroes bytes so that the compiler keeps it.
void wipe(void* bytes, std::size_t count);

// What Memory::make() takes for so many bytes.
std::size_t whole_pages(std::size_t bytes);

}  // namespace mien::gallery
