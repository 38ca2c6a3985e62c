#pragma once

#include <vector>

#include "inference/import/dlib_shape.h"
#include "types/geometry.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// The predictor's landmarks for a face in the given square box, in pixels of the picture. Any box is allowed; places
// outside the picture count as black. Same results as dlib's own, but not rounded to whole pixels.
std::vector<Point> find_shape(const inference::ShapePredictor& predictor, const Picture& picture, const Box& box);

// The square that dlib's face finder would put around a face with these landmarks.
Box dlib_box(const Landmarks5& landmarks);

}  // namespace mien::face
