#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "gallery/keys/key.h"

namespace mien::gallery {

// An allocator that wipes what it gives back, so that names and templates that stood in a text do not stay behind in
// freed memory.
template <class T>
struct WipingAllocator {
    using value_type = T;
    WipingAllocator() = default;
    template <class U>
    WipingAllocator(const WipingAllocator<U>&) noexcept {}

    T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
    void deallocate(T* place, std::size_t count) noexcept {
        wipe({reinterpret_cast<std::uint8_t*>(place), count * sizeof(T)});
        std::allocator<T>{}.deallocate(place, count);
    }
    friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

using SecretText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

}  // namespace mien::gallery
