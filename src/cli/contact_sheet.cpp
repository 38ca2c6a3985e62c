#include "cli/contact_sheet.h"

#include <algorithm>
#include <cstring>

#include "image/draw.h"
#include "image/resize.h"
#include "media/read_picture.h"

namespace mien::cli {
namespace {

constexpr int side = 240;
constexpr int gap = 16;
constexpr int label_height = 30;  // above each field
constexpr std::size_t columns = 5;
constexpr std::size_t most_tiles = 100;
constexpr std::size_t longest_label = 27;  // characters of 14 pixels' height that fit a field
constexpr std::uint8_t paper = 248;
constexpr std::uint8_t no_picture = 210;

void fill(Picture& sheet, int left, int top, Size size, std::uint8_t grey) {
    for (int y = top; y < top + size.height; ++y) {
        std::uint8_t* row = sheet.row(y) + static_cast<std::ptrdiff_t>(left) * 3;
        std::fill_n(row, static_cast<std::size_t>(size.width) * 3, grey);
    }
}

// In the middle of its field.
void put(Picture& sheet, const Picture& picture, int left, int top) {
    const int longest = std::max(picture.width(), picture.height());
    const auto part = [&](int length) { return std::max(1, static_cast<int>(std::int64_t{length} * side / longest)); };
    const Picture small = image::resize(picture, {part(picture.width()), part(picture.height())});
    const int x = left + (side - small.width()) / 2;
    const int y = top + (side - small.height()) / 2;
    for (int row = 0; row < small.height(); ++row)
        std::copy_n(small.row(row), static_cast<std::size_t>(small.width()) * 3,
                    sheet.row(y + row) + static_cast<std::ptrdiff_t>(x) * 3);
}

// Never within a character of several bytes.
std::string cut(const std::string& text) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
        if (begins && characters++ == longest_label) return text.substr(0, i) + "…";
    }
    return text;
}

image::Colour colour_of(Tile::Kind kind) {
    switch (kind) {
        case Tile::Kind::Searched:
            return {0.16, 0.40, 0.75};
        case Tile::Kind::Match:
            return {0.09, 0.56, 0.36};
        case Tile::Kind::NoMatch:
            return {0.45, 0.45, 0.45};
    }
    return {};
}

}  // namespace

Result<std::optional<Picture>> picture_of(const Result<Bytes>& crop) {
    if (!crop && crop.error().fault == Fault::NotFound) return std::optional<Picture>{};
    if (!crop) return crop.error();
    MIEN_LET(decoded, media::decode_picture(*crop));
    return std::optional(std::move(decoded.picture));
}

Picture contact_sheet(const std::vector<Tile>& tiles) {
    const std::size_t shown = std::min(tiles.size(), most_tiles);
    const auto across = static_cast<int>(std::min(shown, columns));
    const auto down = static_cast<int>((shown + columns - 1) / columns);
    Picture sheet({gap + across * (side + gap), gap + down * (label_height + side + gap)});
    fill(sheet, 0, 0, sheet.size(), paper);
    for (std::size_t i = 0; i < shown; ++i) {
        // Drawn by itself, so that the letters fit a field however many there are.
        Picture field({side + gap, label_height + side + gap / 2});
        fill(field, 0, 0, field.size(), paper);
        if (tiles[i].picture)
            put(field, *tiles[i].picture, gap / 2, label_height);
        else
            fill(field, gap / 2, label_height, {side, side}, no_picture);
        const image::Mark mark{{gap / 2, label_height, side, side}, {}, cut(tiles[i].label), colour_of(tiles[i].kind)};
        const Picture drawn = image::draw(field, {mark});
        const int left = gap / 2 + static_cast<int>(i % columns) * (side + gap);
        const int top = gap + static_cast<int>(i / columns) * (label_height + side + gap);
        for (int y = 0; y < drawn.height(); ++y)
            std::memcpy(sheet.row(top + y) + std::ptrdiff_t{3} * left, drawn.row(y),
                        static_cast<std::size_t>(drawn.width()) * 3);
    }
    return sheet;
}

}  // namespace mien::cli
