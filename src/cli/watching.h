#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/output.h"
#include "media/video/live_source.h"
#include "media/video/video_source.h"
#include "pipeline/open_watch.h"

namespace mien::cli {

// What `watch` and `index` share: how a source is read and what is looked for.
struct WatchingOptions {
    std::vector<std::string> lines{};  // NAME=X1,Y1,X2,Y2 or without a name
    std::vector<std::string> zones{};  // NAME=X,Y,X,Y,X,Y,… or without a name
    std::string floor{};               // four points of the picture and their places in metres: X,Y:MX,MY …
    std::string detector = "nanodet";
    std::string reid = "stripes";
    float min_score = 0.35f;
    int min_height = 48;
    int tiles = 0;
    double max_fps = 0;
    double start = 0;    // seconds
    double seconds = 0;  // to look at; 0: all
    bool udp = false;
    bool faces = false;
    int decode_threads = 0;  // of each source; 0: one a core
    bool attributes = false;
};
void add_watching_options(CLI::App& app, WatchingOptions& options);

// Errors: BadInput, naming the option and what is wrong with it.
Result<pipeline::WatchOptions> watch_options_from(const WatchingOptions& options);
media::VideoOptions video_options_from(const WatchingOptions& options);
// Tells on standard error what is fetched.
Result<pipeline::WatchNetworks> open_watch(const WatchingOptions& options, int lanes);

// How long answers took, in bounded memory: to a millisecond, up to 20 seconds.
class Latencies {
public:
    void add(std::chrono::milliseconds latency);
    bool empty() const { return total_ == 0; }
    std::int64_t at(double share) const;  // milliseconds; share 0..1
private:
    std::vector<std::uint32_t> counts_{};
    std::uint64_t total_ = 0;
};

struct Watched {
    std::string source{};  // without credentials
    Size size{};
    double fps = 0;
    bool live = false;
    std::int64_t frames = 0;    // looked at
    std::uint64_t dropped = 0;  // of a live source, because looking took too long
    std::uint64_t reconnects = 0;
    std::chrono::milliseconds watched{0};  // of the source's time
    double wall_seconds = 0;
    Latencies latencies{};    // from arrival to answer, of live sources
    Latencies behind{};       // from the stream's own time to answer, against its quickest frame
    bool to_the_end = false;  // of a file
};

// Reads the source frame by frame through the watcher until it ends, `seconds` are over or the user stops it.
// A live source is read by a thread of its own and drops what can't be looked at in time.
using OnGlimpse = std::function<Status(const Frame& frame, const pipeline::Glimpse& glimpse)>;
using OnOpened = std::function<Status(const media::VideoInfo&)>;
Result<Watched> watch_source(const std::string& address, const WatchingOptions& options, pipeline::Watcher& watcher,
                             const OnOpened& on_opened, const OnGlimpse& on_glimpse);

Json json_of(const Watched& watched);
Json counts_json(const pipeline::Watcher& watcher);  // {"<line>": {"in", "out", "low", "high", …}}

}  // namespace mien::cli
