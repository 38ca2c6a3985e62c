#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/video/video_source.h"

namespace mien::media {

struct LiveOptions {
    VideoOptions video{};
    std::size_t queue = 4;                      // frames that wait at most; a full queue drops the oldest and counts it
    std::chrono::milliseconds first_wait{500};  // before the first try to connect again; doubles with each failure
    std::chrono::milliseconds longest_wait{
        30000};  // also the wait at once after a refused password, which could lock an account
};

enum class LiveEventKind { Connected, Lost, Reconnected, ResolutionChanged, ClockJumpedBack, Garbage };
const char* name_of(LiveEventKind kind);

struct LiveEvent {
    LiveEventKind kind{};
    std::chrono::sys_time<std::chrono::milliseconds> when{};
    std::string detail{};  // one sentence, without credentials
};

struct LiveStatistics {
    std::uint64_t read = 0;        // frames decoded and wanted
    std::uint64_t dropped = 0;     // of them, frames that nobody took in time
    std::uint64_t reconnects = 0;  // connections after the first
    std::uint64_t failures = 0;    // tries to connect that failed
    std::uint64_t damaged = 0;     // packets that could not be decoded
    bool connected = false;
    std::string last_error{};
    // From a frame's arrival, before it is decoded, to being taken by next(), by the wall clock; of the last frame and
    // the longest. What camera and network took before, and the buffers of the system, aren't in it.
    std::chrono::milliseconds last_wait{0};
    std::chrono::milliseconds longest_wait{0};
};

// A source that is read by a thread of its own, connects again when it is lost, and never makes its reader wait.
// Frame::at counts on over gaps: it never goes back, whatever the stream's clock does. Frame::taken is the wall clock.
// Thread rule: all calls from any thread. Destroying it ends the thread within about a second.
class LiveSource {
public:
    // Connects in the background. Errors: BadInput for wrong options or addresses; nothing about the camera.
    static Result<LiveSource> start(const std::string& address, const LiveOptions& options = {});
    LiveSource(LiveSource&&) noexcept;
    LiveSource& operator=(LiveSource&&) noexcept;
    ~LiveSource();

    // The oldest frame that waits; nothing when none comes in time. A file as the source is read again and again.
    std::optional<Frame> next(std::chrono::milliseconds wait);
    std::vector<LiveEvent> take_events();  // since the last call, oldest first; the latest 256 are kept
    LiveStatistics statistics() const;

private:
    struct Worker;
    explicit LiveSource(std::unique_ptr<Worker> worker);
    std::unique_ptr<Worker> worker_;
};

// Joins the times of a stream to one that never goes back.
class StreamClock {
public:
    struct Told {
        std::chrono::milliseconds at{0};
        bool jumped_back = false;  // by more than frames that merely share a time
    };
    // raw: the stream's own time. since_start: of the wall (steady) clock, which bridges gaps.
    Told tell(std::chrono::milliseconds raw, std::chrono::milliseconds since_start);
    void restart() { offset_.reset(); }  // the next raw time starts anew (a new connection)

private:
    std::optional<std::chrono::milliseconds> offset_{};
    std::chrono::milliseconds last_raw_{0};
    std::chrono::milliseconds last_at_{-1};
};

}  // namespace mien::media
