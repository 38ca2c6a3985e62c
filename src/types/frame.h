#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "types/picture.h"

namespace mien {

// One picture of one source at one time. A copy shares the pixels, which nobody may change.
struct Frame {
    std::string source{};             // file name, address or device
    std::chrono::milliseconds at{0};  // since the source's start; 0 for a still picture
    std::shared_ptr<const Picture> picture{};
    // By the wall clock; nothing where the source doesn't tell (a file without a recording time).
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> taken{};
};

}  // namespace mien
