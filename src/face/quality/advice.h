#pragma once

#include <string>

#include "types/geometry.h"
#include "types/measure.h"

namespace mien::face {

// One sentence that the subject or operator can act on, for a component that fails with this native value.
std::string advice_for(QualityComponent component, float native);

}  // namespace mien::face
