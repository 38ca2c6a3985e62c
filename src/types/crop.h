#pragma once

#include "types/geometry.h"
#include "types/picture.h"

namespace mien {

// A face turned, scaled and cut so that its landmarks stand where a template model wants them.
struct Crop {
    Picture picture;
    Affine to_frame{};  // crop pixels → frame pixels
};

}  // namespace mien
