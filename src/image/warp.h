#pragma once

#include "types/geometry.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::image {

// The picture that holds at p what `from` holds at to_source(p): bilinear, black outside the source.
// Where the source is more than twice as fine as the result, blocks of it are averaged first, so that nothing aliases.
Picture warp(const Picture& from, const Affine& to_source, Size size);

// The similarity transform (turn, scale, shift) that takes `from` nearest to `to` in least squares
// (Umeyama 1991, without reflection). Both hold the same number of points, at least 2;
// when all of `from` are one point, only a shift can be told.
Affine fit_similarity(std::span<const Point> from, std::span<const Point> to);

Affine inverse(const Affine& map);                         // the map's determinant is not 0
Affine compose(const Affine& outer, const Affine& inner);  // p → outer(inner(p))

// The part of a picture inside the box, clipped to the picture; at least one pixel.
struct Part {
    Picture picture;
    Point origin{};  // of the part in the picture
};
Part cut(const Picture& from, const Box& box);

// The picture turned by whole quarters, and where its pixels come from: turned → source.
struct Turned {
    Picture picture;
    Affine to_source{};
};
Turned turned(const Picture& from, QuarterTurn turn);

}  // namespace mien::image
