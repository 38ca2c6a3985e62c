#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "types/frame.h"

namespace mien::media {

// What a picture may cost at most; checked before memory is asked for.
struct DecodeLimits {
    std::uint64_t max_file_bytes = std::uint64_t{256} << 20;
    std::uint64_t max_pixels = 100'000'000;
};

enum class PictureFormat { Jpeg, Png, WebP };

struct DecodedPicture {
    Picture picture;
    PictureFormat format{};
    std::vector<std::string> notes{};  // what was reduced: "16 bits a channel reduced to 8", "first of 12 frames", …
};

// A JPEG, PNG or WebP picture, told by its content, upright by its EXIF orientation, as 8-bit red green blue.
// Grey, palette, CMYK and 16-bit pictures are converted; transparent ones laid on white; of animations the first frame
// is taken. Errors: BadInput for what is no picture or over a limit; Unsupported for other picture formats, by name;
// Corrupt for damaged ones.
Result<DecodedPicture> decode_picture(ByteView bytes, const DecodeLimits& limits = {});

// The picture in a file as a frame; `source` is the path. Errors name the file.
Result<Frame> read_frame(const std::filesystem::path& file, const DecodeLimits& limits = {});

}  // namespace mien::media
