#pragma once

#include <optional>

#include "types/picture.h"

namespace mien::image {

// The part of the picture that lies in the box, rounded outwards; nothing where the box lies outside.
std::optional<Picture> cut(const Picture& picture, const Box& box);

}  // namespace mien::image
