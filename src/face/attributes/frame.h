#pragma once

#include "types/geometry.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// The square of the picture in which a face stands as in the pictures of FER2013, on which the expression networks were
// trained: its five points nearest to their median places there. Maps the unit square to pixels of the picture.
Affine expression_frame(const Landmarks5& landmarks);

// The upright box around that square.
Box box_of(const Affine& frame);

float side_of(const Affine& frame);  // in pixels of the picture

// side x side pixels of what a frame shows; its side is above 0. Beyond the picture's border its last pixels go on, as
// in FER2013; black there costs accuracy.
Picture cut_frame(const Picture& picture, const Affine& frame, int side);

}  // namespace mien::face
