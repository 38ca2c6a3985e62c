#include "media/read_picture.h"

#include <array>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "media/codec.h"
#include "media/exif.h"

namespace mien::media {
namespace {

bool starts_with(ByteView bytes, std::string_view magic, std::size_t at = 0) {
    if (bytes.size() < at + magic.size()) return false;
    return std::equal(magic.begin(), magic.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

std::optional<PictureFormat> format_of(ByteView bytes) {
    if (starts_with(bytes, "\xff\xd8\xff")) return PictureFormat::Jpeg;
    if (starts_with(bytes, "\x89PNG\r\n\x1a\n")) return PictureFormat::Png;
    if (starts_with(bytes, "RIFF") && starts_with(bytes, "WEBP", 8)) return PictureFormat::WebP;
    return std::nullopt;
}

struct KnownKind {
    std::string_view magic;
    std::size_t at;
    const char* name;
};
using namespace std::string_view_literals;  // keeps the zeros inside
constexpr std::array other_kinds{
    KnownKind{"GIF8"sv, 0, "a GIF picture"},
    KnownKind{"BM"sv, 0, "a BMP picture"},
    KnownKind{"II*\0"sv, 0, "a TIFF picture"},
    KnownKind{"MM\0*"sv, 0, "a TIFF picture"},
    KnownKind{"ftypheic"sv, 4, "a HEIC picture"},
    KnownKind{"ftypmif1"sv, 4, "a HEIF picture"},
    KnownKind{"ftypavif"sv, 4, "an AVIF picture"},
    KnownKind{"\0\0\1\0"sv, 0, "an icon"},
    KnownKind{"<svg"sv, 0, "an SVG drawing"},
    KnownKind{"8BPS"sv, 0, "a Photoshop picture"},
    KnownKind{"\xff\x0a"sv, 0, "a JPEG XL picture"},
    KnownKind{"\0\0\0\x0cJXL "sv, 0, "a JPEG XL picture"},
    KnownKind{"\0\0\0\x0cjP  "sv, 0, "a JPEG 2000 picture"},
};

Error not_readable(ByteView bytes) {
    if (bytes.empty()) return Error{Fault::BadInput, "the file is empty"};
    for (const KnownKind& kind : other_kinds) {
        if (starts_with(bytes, kind.magic, kind.at)) {
            return Error{Fault::Unsupported,
                         std::string("this is ") + kind.name + "; convert it to JPEG, PNG or WebP first"};
        }
    }
    if (starts_with(bytes, "%PDF"))
        return Error{Fault::BadInput, "this is a PDF document, not a picture; export its pages as JPEG or PNG"};
    return Error{Fault::BadInput, "this is not a picture that can be read here (JPEG, PNG or WebP)"};
}

Result<RawPicture> decode_raw(PictureFormat format, ByteView bytes, const DecodeLimits& limits) {
    switch (format) {
        case PictureFormat::Jpeg:
            return decode_jpeg(bytes, limits);
        case PictureFormat::Png:
            return decode_png(bytes, limits);
        case PictureFormat::WebP:
            return decode_webp(bytes, limits);
    }
    return Error{Fault::Bug, "a picture format without a decoder"};
}

}  // namespace

Status check_size(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
    constexpr auto longest = static_cast<std::uint64_t>(Picture::longest_side);
    if (width == 0 || height == 0 || width > longest || height > longest) {
        return Error{Fault::BadInput, "a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                                          " pixels can't be read"};
    }
    if (width * height > limits.max_pixels) {
        return Error{Fault::BadInput, "the picture has " + std::to_string(width) + " x " + std::to_string(height) +
                                          " pixels, the limit is " + std::to_string(limits.max_pixels / 1'000'000) +
                                          " million"};
    }
    return {};
}

Result<DecodedPicture> decode_picture(ByteView bytes, const DecodeLimits& limits) try {
    if (bytes.size() > limits.max_file_bytes) {
        return Error{Fault::BadInput, "the file has " + human_bytes(static_cast<double>(bytes.size())) +
                                          ", the limit is " + human_bytes(static_cast<double>(limits.max_file_bytes))};
    }
    const auto format = format_of(bytes);
    if (!format) return not_readable(bytes);
    MIEN_LET(raw, decode_raw(*format, bytes, limits));
    Picture picture = upright(std::move(raw.picture), orientation_of(raw.exif).value_or(Orientation::Upright));
    return DecodedPicture{std::move(picture), *format, std::move(raw.notes)};
} catch (const std::bad_alloc&) {
    return Error{Fault::Overloaded, "there is not enough memory for this picture"};
}

Result<Frame> read_frame(const std::filesystem::path& file, const DecodeLimits& limits) {
    MIEN_LET(bytes, read_file(file, limits.max_file_bytes));
    auto decoded = decode_picture(bytes, limits);
    if (!decoded) return Error{decoded.error().fault, file.string() + ": " + decoded.error().message};
    return Frame{file.string(), {}, std::make_shared<const Picture>(std::move(decoded->picture))};
}

}  // namespace mien::media
