#pragma once

#include <chrono>
#include <cstdint>

namespace mien {

// That somebody was at a place for a while. Person and place are numbers of whoever keeps the log.
struct Visit {
    std::int64_t person = 0;
    std::int64_t place = 0;
    std::chrono::sys_time<std::chrono::milliseconds> from{};
    std::chrono::sys_time<std::chrono::milliseconds> to{};
};

}  // namespace mien
