#pragma once

#include <string>
#include <vector>

#include "types/geometry.h"
#include "types/picture.h"

namespace mien::image {

struct Colour {
    double red = 0;  // 0..1
    double green = 0;
    double blue = 0;
};

// Something found in a picture and what to write beside it.
struct Mark {
    Box box{};
    std::vector<Point> dots{};
    std::string label{};  // UTF-8, one line; empty: none
    Colour colour{0.10, 0.75, 0.45};
};

// The picture with its marks: rounded frames, dots and label plates, smooth, in sizes that fit the picture.
Picture draw(const Picture& picture, const std::vector<Mark>& marks);

}  // namespace mien::image
