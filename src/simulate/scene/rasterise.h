#pragma once

#include "simulate/people/walker.h"
#include "simulate/scene/layer.h"

namespace mien::simulate {

// Draws a walker by a z-buffer at twice the picture's resolution, with Lambert's and ambient light and procedural
// cloth. A layer of width 0 where the person is nearer than half a metre, behind the camera or far outside the picture.
Layer rasterise(const Walker& walker, int phase, const Placement& placement, const Camera& camera, const Light& light);

}  // namespace mien::simulate
