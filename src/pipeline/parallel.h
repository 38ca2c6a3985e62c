#pragma once

#include <cstddef>
#include <functional>

namespace mien::pipeline {

// Calls work(0) … work(count - 1), each once, on `workers` threads (0: one for each core); returns when all are done.
// Stops handing out work once base/stop.h says so. `work` must not throw.
void for_each_index(std::size_t count, int workers, const std::function<void(std::size_t)>& work);

int cores();

}  // namespace mien::pipeline
