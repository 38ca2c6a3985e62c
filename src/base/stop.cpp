#include "base/stop.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "base/file.h"

namespace mien {
namespace {

std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
    if (!asked.exchange(true)) return;
    remove_unfinished_files();
    ::_exit(130);
}

}  // namespace

bool stop_asked() {
    return asked;
}

void stop_on_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

Status go_on() {
    if (stop_asked()) return Error{Fault::Unavailable, "stopped by the user"};
    return {};
}

}  // namespace mien
