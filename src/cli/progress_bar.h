#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace mien::cli {

// Shows how far long work is, on standard error: one line that renews itself on a terminal; elsewhere a plain line
// every ten seconds. Thread rule: any thread.
class ProgressBar {
public:
    enum class Unit { Items, Bytes };
    explicit ProgressBar(Unit unit);
    ~ProgressBar();  // clears the line
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    // total 0: not known.
    void show(const std::string& what, double done_now, double total);

private:
    using Clock = std::chrono::steady_clock;
    std::string line(const std::string& what, double done_now, double total) const;
    Unit unit_;
    bool terminal_;
    std::mutex mutex_;
    std::string what_{};
    Clock::time_point start_ = Clock::now();
    double done_at_start_ = 0;
    Clock::time_point last_{};
    bool shown_ = false;
};

}  // namespace mien::cli
