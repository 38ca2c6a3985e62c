#include "gallery/search/workers.h"

namespace mien::gallery {

Workers::Workers(int threads) {
    for (int i = 1; i < threads; ++i) threads_.emplace_back([this] { help(); });
}

Workers::~Workers() {
    {
        const std::lock_guard lock(gate_);
        stopping_ = true;
    }
    work_to_do_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

Workers::Job* Workers::open_job() {
    for (Job* job : jobs_) {
        if (job->slots < job->at_most && job->next.load(std::memory_order_relaxed) < job->items) return job;
    }
    return nullptr;
}

void Workers::help() {
    std::unique_lock lock(gate_);
    while (true) {
        Job* job = nullptr;
        work_to_do_.wait(lock, [&] { return stopping_ || (job = open_job()) != nullptr; });
        if (stopping_) return;
        const std::size_t slot = job->slots++;
        ++job->inside;
        lock.unlock();
        for (std::size_t item = job->next++; item < job->items; item = job->next++) job->work(item, slot);
        lock.lock();
        if (--job->inside == 0) helper_left_.notify_all();
    }
}

void Workers::run(std::size_t items, std::size_t at_most, const Work& work) {
    if (at_most <= 1 || items <= 1 || threads_.empty()) {
        for (std::size_t item = 0; item < items; ++item) work(item, 0);
        return;
    }
    Job job{items, at_most, work};
    {
        const std::lock_guard lock(gate_);
        jobs_.push_back(&job);
    }
    work_to_do_.notify_all();
    for (std::size_t item = job.next++; item < items; item = job.next++) work(item, 0);
    std::unique_lock lock(gate_);
    jobs_.remove(&job);
    helper_left_.wait(lock, [&] { return job.inside == 0; });
}

}  // namespace mien::gallery
