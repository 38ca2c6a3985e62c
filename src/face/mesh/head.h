#pragma once

#include "types/mesh.h"

namespace mien::face {

// Pose by the rotation that takes MediaPipe's canonical face nearest to the mesh (weighted orthogonal Procrustes with
// scale; its 33 steadiest points and their weights). Openness as by Soukupová and Čech 2016. Gaze by the irises' places
// between the corners of the eyes on an eyeball of 12 mm; good to some ten degrees, not measured on real gaze data.
HeadState head_of(const FaceMesh& mesh);

}  // namespace mien::face
