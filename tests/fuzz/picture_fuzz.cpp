#include <cstdlib>

#include "media/read_picture.h"

// Whatever the bytes: an error or a whole picture, within the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const mien::media::DecodeLimits limits{1 << 20, 1'000'000};
    const auto decoded = mien::media::decode_picture({data, size}, limits);
    if (!decoded) return decoded.error().message.empty() ? std::abort(), 0 : 0;
    const auto pixels =
        static_cast<std::uint64_t>(decoded->picture.width()) * static_cast<std::uint64_t>(decoded->picture.height());
    if (pixels == 0 || pixels > limits.max_pixels || decoded->picture.pixels().size() != pixels * 3) std::abort();
    return 0;
}
