#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::pipeline {

// The part of a picture that is kept of a sample, so that a later model can find, align and measure the face again: the
// face's box three times as wide and high, as far as the picture reaches, made smaller where it is over 640 pixels, as
// JPEG of quality 95.
Result<Bytes> kept_crop(const Picture& picture, const FaceRegion& face);

}  // namespace mien::pipeline
