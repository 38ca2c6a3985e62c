#pragma once

#include "types/attributes.h"

namespace mien::face {

// Says yes or no to each covering whose probability is at least three quarters or at most one quarter; between them the
// reading is ModelUnsure. The other attributes stay.
void add_worn(FaceAttributes& attributes, const Coverings& coverings);

}  // namespace mien::face
