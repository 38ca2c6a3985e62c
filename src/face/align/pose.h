#pragma once

#include "types/geometry.h"
#include "types/region.h"

namespace mien::face {

// Head pose from the five landmarks: a mean head's points under scaled orthographic projection, fitted in least squares
// and brought to the nearest rotation. Good to some ten degrees; the dense mesh will do better. Signs as in
// types/geometry.h.
Pose pose_of(const Landmarks5& landmarks);

}  // namespace mien::face
