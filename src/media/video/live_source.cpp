#include "media/video/live_source.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "media/video/address.h"
#include "media/video/reader.h"

namespace mien::media {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

const char* name_of(LiveEventKind kind) {
    switch (kind) {
        case LiveEventKind::Connected:
            return "connected";
        case LiveEventKind::Lost:
            return "lost";
        case LiveEventKind::Reconnected:
            return "reconnected";
        case LiveEventKind::ResolutionChanged:
            return "resolution changed";
        case LiveEventKind::ClockJumpedBack:
            return "clock jumped back";
        case LiveEventKind::Garbage:
            return "garbage";
    }
    return "";
}

StreamClock::Told StreamClock::tell(milliseconds raw, milliseconds since_start) {
    // RTP's times have 32 bits, and libav takes a step back for a wrap: half a day ahead, from one frame to the next.
    constexpr milliseconds leap{60000};
    const bool leapt = offset_ && raw - last_raw_ > leap && raw + *offset_ > since_start + leap;
    const bool jumped_back = leapt || (offset_ && raw < last_raw_);
    if (!offset_ || jumped_back) offset_ = std::max(since_start, last_at_ + milliseconds(1)) - raw;
    last_raw_ = raw;
    last_at_ = std::max(last_at_, raw + *offset_);
    return {last_at_, jumped_back};
}

struct LiveSource::Worker {
    Worker(std::string source, LiveOptions given)
        : address(std::move(source)), shown(shown_address(address)), options(std::move(given)) {
        // The caller's own wish to give up still counts.
        options.video.give_up = [this, theirs = options.video.give_up] { return stop || (theirs && theirs()); };
        thread = std::thread([this] { run(); });
    }
    ~Worker() {
        {
            const std::lock_guard hold(lock);
            stop = true;
        }
        wake.notify_all();
        thread.join();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void run();
    void read_all(VideoSource source);
    void push(Frame frame);
    void look_at(const VideoSource& source, const Frame& frame);
    void say(LiveEventKind kind, std::string detail);
    void failed(const Error& error);
    void wait_after(Fault fault);

    const std::string address;
    const std::string shown;
    LiveOptions options;
    std::atomic<bool> stop{false};

    mutable std::mutex lock{};  // guards what follows
    std::condition_variable wake{};
    std::deque<Frame> waiting{};
    std::deque<LiveEvent> events{};
    LiveStatistics numbers{};

    // The reading thread's own.
    StreamClock clock{};
    const steady_clock::time_point started = steady_clock::now();
    Size size{};
    milliseconds wait{0};
    std::uint64_t damaged_before = 0;
    bool was_connected = false;
    bool live = false;  // else a file, whose frames tell when they were recorded
    bool garbage_told = false;
    std::thread thread{};
};

void LiveSource::Worker::say(LiveEventKind kind, std::string detail) {
    constexpr std::size_t most = 256;
    const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    const std::lock_guard hold(lock);
    if (events.size() == most) events.pop_front();
    events.push_back({kind, now, std::move(detail)});
}

void LiveSource::Worker::failed(const Error& error) {
    bool lost = false;
    {
        const std::lock_guard hold(lock);
        lost = numbers.connected;
        numbers.connected = false;
        numbers.last_error = error.message;
        if (!lost) ++numbers.failures;
    }
    if (lost) say(LiveEventKind::Lost, error.message);
    if (error.fault == Fault::Corrupt && !garbage_told) {
        garbage_told = true;
        say(LiveEventKind::Garbage, error.message);
    }
}

void LiveSource::Worker::wait_after(Fault fault) {
    wait = wait.count() == 0 ? options.first_wait : std::min(2 * wait, options.longest_wait);
    if (fault == Fault::BadInput) wait = options.longest_wait;
    std::unique_lock hold(lock);
    wake.wait_for(hold, wait, [this] { return stop.load(); });
}

void LiveSource::Worker::run() {
    while (!stop) {
        auto source = VideoSource::open(address, options.video);
        if (stop) return;
        if (source) {
            read_all(std::move(*source));
            if (!stop) wait_after(Fault::Unavailable);
            continue;
        }
        failed(source.error());
        wait_after(source.error().fault);
    }
}

void LiveSource::Worker::read_all(VideoSource source) {
    clock.restart();
    live = source.info().live;
    garbage_told = false;
    bool first = true;
    while (!stop) {
        auto frame = source.next();
        if (stop) return;
        if (!frame) return failed(frame.error());
        if (!*frame) return failed({Fault::Unavailable, shown + ": the stream ended"});
        if (std::exchange(first, false)) {
            wait = milliseconds(0);
            {
                const std::lock_guard hold(lock);
                numbers.connected = true;
                if (was_connected) ++numbers.reconnects;
                damaged_before = numbers.damaged;
            }
            say(std::exchange(was_connected, true) ? LiveEventKind::Reconnected : LiveEventKind::Connected, shown);
        }
        look_at(source, **frame);
        push(std::move(**frame));
    }
}

// Events of one frame: another size, damage before it.
void LiveSource::Worker::look_at(const VideoSource& source, const Frame& frame) {
    const Size now = frame.picture->size();
    const auto text = [](Size s) { return std::to_string(s.width) + " x " + std::to_string(s.height); };
    if (size.width > 0 && size != now)
        say(LiveEventKind::ResolutionChanged, shown + ": " + text(size) + " became " + text(now));
    size = now;
    if (source.damaged() > 0 && !garbage_told) {
        garbage_told = true;
        say(LiveEventKind::Garbage, shown + ": packets that can't be decoded");
    }
    const std::lock_guard hold(lock);
    numbers.damaged = damaged_before + static_cast<std::uint64_t>(source.damaged());
}

void LiveSource::Worker::push(Frame frame) {
    const auto since = std::chrono::duration_cast<milliseconds>(steady_clock::now() - started);
    const StreamClock::Told told = clock.tell(frame.at, since);
    if (told.jumped_back) say(LiveEventKind::ClockJumpedBack, shown + ": its times went back");
    frame.at = told.at;
    if (!live || !frame.taken) frame.taken = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    {
        const std::lock_guard hold(lock);
        ++numbers.read;
        if (waiting.size() >= options.queue) {
            waiting.pop_front();
            ++numbers.dropped;
        }
        waiting.push_back(std::move(frame));
    }
    wake.notify_all();
}

Result<LiveSource> LiveSource::start(const std::string& address, const LiveOptions& options) {
    MIEN_LET(parsed, parse_address(address));
    if (options.queue < 1 || options.queue > 1000)
        return Error{Fault::BadInput, "the queue holds 1..1000 frames, got " + std::to_string(options.queue)};
    if (options.first_wait.count() < 1 || options.longest_wait < options.first_wait)
        return Error{Fault::BadInput, "the waits before connecting again must be over 0 and in order"};
    MIEN_TRY(check(options.video));
    return LiveSource(std::make_unique<Worker>(address, options));
}

LiveSource::LiveSource(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
LiveSource::LiveSource(LiveSource&&) noexcept = default;
LiveSource& LiveSource::operator=(LiveSource&&) noexcept = default;
LiveSource::~LiveSource() = default;

std::optional<Frame> LiveSource::next(milliseconds wait) {
    std::unique_lock hold(worker_->lock);
    if (!worker_->wake.wait_for(hold, wait, [this] { return !worker_->waiting.empty(); })) return std::nullopt;
    Frame frame = std::move(worker_->waiting.front());
    worker_->waiting.pop_front();
    const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    // A wall clock that is set back in between makes no negative wait.
    worker_->numbers.last_wait = std::max(milliseconds(0), now - frame.taken.value_or(now));
    worker_->numbers.longest_wait = std::max(worker_->numbers.longest_wait, worker_->numbers.last_wait);
    return frame;
}

std::vector<LiveEvent> LiveSource::take_events() {
    const std::lock_guard hold(worker_->lock);
    std::vector<LiveEvent> taken(worker_->events.begin(), worker_->events.end());
    worker_->events.clear();
    return taken;
}

LiveStatistics LiveSource::statistics() const {
    const std::lock_guard hold(worker_->lock);
    return worker_->numbers;
}

}  // namespace mien::media
