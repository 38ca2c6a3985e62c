#pragma once

#include <optional>

#include "base/bytes.h"
#include "types/picture.h"

namespace mien::media {

// EXIF's eight orientations (tag 0x0112, CIPA DC-008), by their numbers.
enum class Orientation {
    Upright = 1,
    MirroredAcross,
    UpsideDown,
    MirroredDown,
    Transposed,
    TurnLeft,
    Transverse,
    TurnRight
};

// The orientation in a TIFF block; none when it has no such tag or is damaged (a wrong tag never makes a picture
// unreadable).
std::optional<Orientation> orientation_of(ByteView tiff);

// The picture as it should be seen.
Picture upright(Picture picture, Orientation orientation);

}  // namespace mien::media
