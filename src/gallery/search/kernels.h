#pragma once

#include <vector>

#include "gallery/search/kernel.h"

namespace mien::gallery {

// The kernels that this CPU can run, the best first, the portable one last.
std::vector<const Kernel*> usable_kernels();

}  // namespace mien::gallery
