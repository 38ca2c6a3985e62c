#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "types/geometry.h"

namespace mien {

// An upright picture: 8 bits a channel, red green blue interleaved, rows from top to bottom without padding.
// Copies copy the pixels; share one as shared_ptr<const Picture>. Thread rule: const calls from any thread.
class Picture {
public:
    static constexpr int longest_side = 65500;

    // Black. Errors: BadInput for sides outside 1..65500.
    static Result<Picture> make(Size size) {
        if (size.width < 1 || size.height < 1 || size.width > longest_side || size.height > longest_side) {
            return Error{Fault::BadInput, "a picture of " + std::to_string(size.width) + " x " +
                                              std::to_string(size.height) + " pixels is outside 1..65500"};
        }
        return Picture(size);
    }
    // For sizes that our own code has chosen.
    explicit Picture(Size size)
        : size_(size), pixels_(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3) {
        assert(size.width > 0 && size.height > 0);
    }

    Size size() const { return size_; }
    int width() const { return size_.width; }
    int height() const { return size_.height; }
    std::span<const std::uint8_t> pixels() const { return pixels_; }
    std::span<std::uint8_t> pixels() { return pixels_; }
    const std::uint8_t* row(int y) const { return pixels_.data() + offset(y); }
    std::uint8_t* row(int y) { return pixels_.data() + offset(y); }

    friend bool operator==(const Picture&, const Picture&) = default;

private:
    std::size_t offset(int y) const {
        assert(y >= 0 && y < size_.height);
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width) * 3;
    }
    Size size_;
    std::vector<std::uint8_t> pixels_;
};

}  // namespace mien
