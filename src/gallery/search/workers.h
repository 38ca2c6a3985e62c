#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace mien::gallery {

// Threads that wait for work, so that a search of half a millisecond need not start any. Any thread may call run().
class Workers {
public:
    explicit Workers(int threads);  // the callers' own counts as one
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    int size() const { return static_cast<int>(threads_.size()) + 1; }

    // Calls work(item, slot) once for each item below `items`, from at most `at_most` threads, the caller's among them;
    // returns when all are done. `slot`, below at_most, belongs to one thread for the call. `work` must not throw.
    using Work = std::function<void(std::size_t item, std::size_t slot)>;
    void run(std::size_t items, std::size_t at_most, const Work& work);

private:
    struct Job {
        std::size_t items;
        std::size_t at_most;
        const Work& work;
        std::atomic<std::size_t> next{0};
        std::size_t slots = 1;   // handed out; the caller has slot 0
        std::size_t inside = 0;  // helpers at work
    };
    void help();
    Job* open_job();

    std::mutex gate_{};  // guards jobs_, stopping_ and every Job's slots and inside
    std::condition_variable work_to_do_{};
    std::condition_variable helper_left_{};
    std::list<Job*> jobs_{};
    bool stopping_ = false;
    std::vector<std::thread> threads_{};
};

}  // namespace mien::gallery
