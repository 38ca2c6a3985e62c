#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "types/picture.h"

namespace mien {

// One picture of one source at one time. A copy shares the pixels, which nobody may change.
struct Frame {
    std::string source{};             // file name, address or device
    std::chrono::milliseconds at{0};  // since the source's start; 0 for a still picture
    std::shared_ptr<const Picture> picture{};
};

}  // namespace mien
