#include "media/exif.h"

namespace mien::media {
namespace {

// Reads numbers of either byte order at any place of a TIFF block.
class Tiff {
public:
    Tiff(ByteView bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

    std::optional<std::uint32_t> number(std::uint64_t at, std::size_t size) const {
        if (at + size > bytes_.size()) return std::nullopt;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t place = static_cast<std::size_t>(at) + (big_endian_ ? i : size - 1 - i);
            value = (value << 8) | bytes_[place];
        }
        return value;
    }

private:
    ByteView bytes_;
    bool big_endian_;
};

// For each orientation: where the pixel at (x, y) of the upright picture lies in the stored one of size w x h.
struct Place {
    int x = 0;
    int y = 0;
};
Place stored_place(Orientation orientation, int x, int y, int w, int h) {
    switch (orientation) {
        case Orientation::Upright:
            return {x, y};
        case Orientation::MirroredAcross:
            return {w - 1 - x, y};
        case Orientation::UpsideDown:
            return {w - 1 - x, h - 1 - y};
        case Orientation::MirroredDown:
            return {x, h - 1 - y};
        case Orientation::Transposed:
            return {y, x};
        case Orientation::TurnLeft:
            return {y, h - 1 - x};
        case Orientation::Transverse:
            return {w - 1 - y, h - 1 - x};
        case Orientation::TurnRight:
            return {w - 1 - y, x};
    }
    return {x, y};
}

}  // namespace

std::optional<Orientation> orientation_of(ByteView bytes) {
    if (bytes.size() < 8) return std::nullopt;
    const bool big = bytes[0] == 'M' && bytes[1] == 'M';
    if (!big && !(bytes[0] == 'I' && bytes[1] == 'I')) return std::nullopt;
    const Tiff tiff(bytes, big);
    if (tiff.number(2, 2) != 42u) return std::nullopt;
    const std::uint64_t directory = tiff.number(4, 4).value_or(0);
    const std::uint32_t entries = tiff.number(directory, 2).value_or(0);
    for (std::uint32_t i = 0; i < entries; ++i) {
        const std::uint64_t entry = directory + 2 + std::uint64_t{i} * 12;
        const auto tag = tiff.number(entry, 2);
        if (!tag) return std::nullopt;
        if (*tag != 0x0112) continue;
        constexpr std::uint32_t short_type = 3;
        const auto value = tiff.number(entry + 8, 2);
        if (tiff.number(entry + 2, 2) != short_type || !value || *value < 1 || *value > 8) return std::nullopt;
        return static_cast<Orientation>(*value);
    }
    return std::nullopt;
}

Picture upright(Picture picture, Orientation orientation) {
    if (orientation == Orientation::Upright) return picture;
    const int w = picture.width();
    const int h = picture.height();
    const bool turned = orientation >= Orientation::Transposed;
    Picture result(turned ? Size{h, w} : Size{w, h});
    for (int y = 0; y < result.height(); ++y) {
        std::uint8_t* to = result.row(y);
        for (int x = 0; x < result.width(); ++x) {
            const Place place = stored_place(orientation, x, y, w, h);
            const std::uint8_t* from = picture.row(place.y) + place.x * 3;
            to[x * 3] = from[0];
            to[x * 3 + 1] = from[1];
            to[x * 3 + 2] = from[2];
        }
    }
    return result;
}

}  // namespace mien::media
