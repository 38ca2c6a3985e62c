#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace mien {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Walks over untrusted bytes; every read is checked against the end.
// Thread rule: one owner. Numbers are little-endian.
class ByteReader {
public:
    explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

    std::size_t position() const { return at_; }
    std::size_t left() const { return bytes_.size() - at_; }

    Result<ByteView> take(std::uint64_t count) {
        if (count > left()) {
            return Error{Fault::Corrupt, "the data ends at byte " + std::to_string(bytes_.size()) + ", but " +
                                             std::to_string(count) + " more bytes are needed at " +
                                             std::to_string(at_)};
        }
        const ByteView part = bytes_.subspan(at_, static_cast<std::size_t>(count));
        at_ += static_cast<std::size_t>(count);
        return part;
    }

    template <class Number>
    Result<Number> number() {
        static_assert(std::is_arithmetic_v<Number> && std::endian::native == std::endian::little);
        MIEN_LET(part, take(sizeof(Number)));
        Number value{};
        std::memcpy(&value, part.data(), sizeof value);
        return value;
    }

private:
    ByteView bytes_;
    std::size_t at_ = 0;
};

}  // namespace mien
