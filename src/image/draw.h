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

// A line over the picture: a counting line with its direction, a zone, a path.
struct Stroke {
    enum class End { Open, Arrow, Closed };
    std::vector<Point> points{};
    End end = End::Open;
    std::string label{};  // beside the first point
    Colour colour{0.95, 0.55, 0.10};
    double width = 1;  // of the usual one
};

// The picture with its strokes and marks: lines, rounded frames, dots and label plates, smooth, in sizes that fit the
// picture.
Picture draw(const Picture& picture, const std::vector<Mark>& marks, const std::vector<Stroke>& strokes = {});

// The picture with a grid of values laid over it, from nothing (0) over blue and yellow to red (the greatest).
// `values` holds grid.width * grid.height of them, row by row.
Picture draw_heat(const Picture& picture, const std::vector<double>& values, Size grid);

}  // namespace mien::image
