#include "cli/progress_bar.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>

#include "base/text.h"

namespace mien::cli {

ProgressBar::ProgressBar(Unit unit) : unit_(unit), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    if (shown_ && terminal_) std::cerr << "\r\033[K" << std::flush;
}

void ProgressBar::show(const std::string& what, double done_now, double total) {
    const std::scoped_lock lock(mutex_);
    const auto now = Clock::now();
    if (what != what_) {
        what_ = what;
        start_ = now;
        done_at_start_ = done_now;
        last_ = terminal_ ? Clock::time_point{} : now;
    }
    using namespace std::chrono_literals;
    if (now - last_ < (terminal_ ? 100ms : 10s)) return;
    last_ = now;
    shown_ = true;
    if (terminal_) {
        std::cerr << '\r' << line(what, done_now, total) << "\033[K" << std::flush;
    } else {
        std::cerr << line(what, done_now, total) << std::endl;
    }
}

std::string ProgressBar::line(const std::string& what, double done_now, double total) const {
    const auto amount = [this](double n) {
        return unit_ == Unit::Bytes ? human_bytes(n) : std::to_string(static_cast<long long>(n));
    };
    std::string text = what + " ";
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = seconds > 0 ? (done_now - done_at_start_) / seconds : 0;
    if (total > 0) {
        constexpr int width = 24;
        const int filled = static_cast<int>(width * std::min(1.0, done_now / total));
        text += "[" + std::string(static_cast<std::size_t>(filled), '#') +
                std::string(static_cast<std::size_t>(width - filled), '.') + "] ";
        text += amount(done_now) + " of " + amount(total);
    } else if (done_now > 0) {
        text += amount(done_now);
    }
    if (rate > 0) {
        text += ", " + (unit_ == Unit::Bytes ? human_bytes(rate) : std::to_string(rate).substr(0, 5)) + "/s";
        if (total > done_now)
            text += ", " + std::to_string(static_cast<long long>((total - done_now) / rate) + 1) + " s left";
    }
    return text;
}

}  // namespace mien::cli
