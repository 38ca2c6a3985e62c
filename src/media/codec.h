#pragma once

#include "media/read_picture.h"

namespace mien::media {

// A picture as its codec gives it: not yet turned upright.
struct RawPicture {
    Picture picture;
    ByteView exif{};  // TIFF block inside the file's bytes; empty when there is none
    std::vector<std::string> notes{};
};

Result<RawPicture> decode_jpeg(ByteView bytes, const DecodeLimits& limits);
Result<RawPicture> decode_png(ByteView bytes, const DecodeLimits& limits);
Result<RawPicture> decode_webp(ByteView bytes, const DecodeLimits& limits);

// BadInput when a picture of this size is over the limit or not possible at all.
Status check_size(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits);

}  // namespace mien::media
