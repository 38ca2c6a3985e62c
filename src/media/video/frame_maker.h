#pragma once

#include "media/exif.h"
#include "media/read_picture.h"
#include "media/video/libav.h"

namespace mien::media {

// Turns decoded frames into upright RGB pictures; follows changes of size and pixel format between frames.
// For the .cpp files of this folder only.
class FrameMaker {
public:
    // longest_side 0: as it is.
    FrameMaker(Orientation orientation, int longest_side, const DecodeLimits& limits)
        : orientation_(orientation), longest_side_(longest_side), limits_(limits) {}

    Result<Picture> make(const AVFrame& frame);

private:
    Status prepare(const AVFrame& frame, Size target);

    Orientation orientation_;
    int longest_side_;
    DecodeLimits limits_;
    libav::Own<SwsContext> scaler_{};
};

}  // namespace mien::media
