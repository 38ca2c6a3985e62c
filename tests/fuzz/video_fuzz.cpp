#include <cstdlib>

#include "media/video/video_source.h"

// Whatever the bytes: an error or frames within the limits. Only the container is told by the bytes, as for a file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    mien::media::VideoOptions options;
    options.threads = 1;
    options.limits.max_pixels = 100'000;
    // A byte chooses a start, so that the reading through of all packets is searched too.
    if (size > 0 && data[size - 1] % 4 == 0) options.start_frame = 2;
    auto source = mien::media::VideoSource::open_bytes({data, data + size}, "fuzz", options);
    if (!source) return source.error().message.empty() ? std::abort(), 0 : 0;
    for (int i = 0; i < 8; ++i) {
        const auto frame = source->next();
        if (!frame) return frame.error().message.empty() ? std::abort(), 0 : 0;
        if (!*frame) return 0;
        const auto& picture = *(*frame)->picture;
        if (picture.width() < 1 || picture.pixels().size() > 300'000) std::abort();
    }
    return 0;
}
