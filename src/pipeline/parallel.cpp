#include "pipeline/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "base/stop.h"

namespace mien::pipeline {

int cores() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void for_each_index(std::size_t count, int workers, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto loop = [&] {
        for (std::size_t i = next++; i < count && !stop_asked(); i = next++) work(i);
    };
    const std::size_t wanted = static_cast<std::size_t>(workers > 0 ? workers : cores());
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(wanted, count); ++i) threads.emplace_back(loop);
    loop();
}

}  // namespace mien::pipeline
