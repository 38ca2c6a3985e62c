#include "cli/watching.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

#include "base/stop.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "pipeline/body_pipeline.h"

namespace mien::cli {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

struct Named {
    std::string name{};
    std::vector<double> numbers{};
};

// "NAME=1,2,3,4" or "1,2,3,4"; colons and blanks part numbers, too.
Result<Named> numbers_of(const std::string& text, const std::string& option) {
    Named made;
    std::string_view rest = text;
    if (const auto equals = rest.find('='); equals != std::string_view::npos) {
        made.name = rest.substr(0, equals);
        rest.remove_prefix(equals + 1);
        if (made.name.empty()) return Error{Fault::BadInput, option + ' ' + text + ": the name before = is empty"};
    }
    while (!rest.empty()) {
        double value = 0;
        const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
        if (fault != std::errc{})
            return Error{Fault::BadInput, option + ' ' + text + ": '" + std::string(rest) + "' is no number"};
        made.numbers.push_back(value);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        if (!rest.empty() && std::string_view(",: ").find(rest.front()) == std::string_view::npos)
            return Error{Fault::BadInput, option + ' ' + text + ": '" + std::string(rest) + "' is out of place"};
        if (!rest.empty()) rest.remove_prefix(1);
    }
    return made;
}

Point point_at(const std::vector<double>& numbers, std::size_t i) {
    return {static_cast<float>(numbers[i]), static_cast<float>(numbers[i + 1])};
}

Result<track::FloorPlan> floor_from(const std::string& text) {
    MIEN_LET(given, numbers_of(text, "--floor"));
    if (given.numbers.size() != 16)
        return Error{Fault::BadInput, "--floor needs four points as X,Y:MX,MY each (pixels, then metres), got " +
                                          std::to_string(given.numbers.size()) + " numbers"};
    std::array<Point, 4> picture{};
    std::array<track::FloorPoint, 4> floor{};
    for (std::size_t i = 0; i < 4; ++i) {
        picture[i] = point_at(given.numbers, i * 4);
        floor[i] = {given.numbers[i * 4 + 2], given.numbers[i * 4 + 3]};
    }
    return track::FloorPlan::make(picture, floor);
}

class Taken {
public:
    void start(const Frame& frame) {
        if (!first_) first_ = frame.at;
        last_ = frame.at;
    }
    milliseconds so_far() const { return first_ ? last_ - *first_ : milliseconds{0}; }

private:
    std::optional<milliseconds> first_{};
    milliseconds last_{0};
};

// How late an answer is against the stream's own clock: also what waited in the system's buffers before it was read.
// The quickest frame so far counts as 0; it is forgotten slowly, since the camera's clock and ours drift apart.
class Behind {
public:
    milliseconds of(const Frame& frame, std::chrono::sys_time<milliseconds> now) {
        constexpr int drift = 10000;  // 0.1 ms a second: ordinary crystals are good to 0.05
        const double offset = static_cast<double>((*frame.taken).time_since_epoch().count() - frame.at.count());
        if (last_) quickest_ += static_cast<double>((frame.at - *last_).count()) / drift;
        quickest_ = last_ ? std::min(quickest_, offset) : offset;
        last_ = frame.at;
        return milliseconds{
            std::llround(static_cast<double>(now.time_since_epoch().count() - frame.at.count()) - quickest_)};
    }

private:
    double quickest_ = 0;
    std::optional<milliseconds> last_{};
};

// Frames that wait at most: one to be looked at next, one for jitter. More would only be older.
constexpr std::size_t freshest = 2;

Status over(const Taken& taken, const WatchingOptions& options, bool& enough) {
    enough = stop_asked() ||
             (options.seconds > 0 && taken.so_far() >= milliseconds{static_cast<std::int64_t>(options.seconds * 1000)});
    return {};
}

Result<Watched> watch_file(media::VideoSource source, const WatchingOptions& options, pipeline::Watcher& watcher,
                           const OnGlimpse& on_glimpse) {
    Watched watched{.source = source.info().source, .size = source.info().size, .fps = source.info().fps};
    Taken taken;
    bool enough = false;
    while (!enough) {
        MIEN_LET(frame, source.next());
        if (!frame) {
            watched.to_the_end = true;
            break;
        }
        taken.start(*frame);
        MIEN_LET(glimpse, watcher.look(*frame));
        ++watched.frames;
        watched.watched = taken.so_far();
        MIEN_TRY(on_glimpse(*frame, glimpse));
        MIEN_TRY(over(taken, options, enough));
    }
    return watched;
}

Result<Watched> watch_live(const std::string& address, const WatchingOptions& options, const media::VideoInfo& info,
                           pipeline::Watcher& watcher, const OnGlimpse& on_glimpse) {
    MIEN_LET(source, media::LiveSource::start(address, {.video = video_options_from(options), .queue = freshest}));
    Behind behind;
    Watched watched{.source = info.source, .size = info.size, .fps = info.fps, .live = true};
    Taken taken;
    bool enough = false;
    while (!enough) {
        auto frame = source.next(milliseconds{500});
        for (const media::LiveEvent& event : source.take_events()) {
            pipeline::Glimpse told;
            told.events.push_back({taken.so_far(), std::string("source ") + media::name_of(event.kind),
                                   Json{{"detail", event.detail}}.dump()});
            MIEN_TRY(on_glimpse({}, told));
        }
        MIEN_TRY(over(taken, options, enough));
        if (!frame) continue;
        taken.start(*frame);
        MIEN_LET(glimpse, watcher.look(*frame));
        ++watched.frames;
        watched.watched = taken.so_far();
        if (frame->taken) {
            const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
            watched.latencies.add(now - *frame->taken);
            watched.behind.add(behind.of(*frame, now));
        }
        MIEN_TRY(on_glimpse(*frame, glimpse));
    }
    const media::LiveStatistics statistics = source.statistics();
    watched.dropped = statistics.dropped;
    watched.reconnects = statistics.reconnects;
    return watched;
}

}  // namespace

void Latencies::add(milliseconds latency) {
    constexpr std::size_t longest = 20000;
    if (counts_.empty()) counts_.resize(longest + 1);
    ++counts_[static_cast<std::size_t>(std::clamp<std::int64_t>(latency.count(), 0, longest))];
    ++total_;
}

std::int64_t Latencies::at(double share) const {
    if (total_ == 0) return 0;
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total_ - 1));
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        below += counts_[i];
        if (below > rank) return static_cast<std::int64_t>(i);
    }
    return static_cast<std::int64_t>(counts_.size()) - 1;
}

void add_watching_options(CLI::App& app, WatchingOptions& options) {
    app.add_option("--line", options.lines,
                   "A counting line from A to B in pixels, [NAME=]X1,Y1,X2,Y2: who comes from its left, seen from A, "
                   "counts as in; may be given again");
    app.add_option("--zone", options.zones, "A zone, [NAME=]X,Y,X,Y,X,Y,…: its corners in pixels; may be given again");
    app.add_option("--floor", options.floor,
                   "Where four points of the picture lie on the floor: \"X,Y:MX,MY X,Y:MX,MY …\", pixels and metres");
    app.add_option("--detector", options.detector, "The network that finds people (mien models list)")
        ->capture_default_str();
    app.add_option(
           "--reid", options.reid,
           "The network that tells people apart by their looks; stripes: without a network; none: by motion alone")
        ->capture_default_str();
    app.add_option("--min-score", options.min_score, "Detections below it are not looked at, 0..1")
        ->capture_default_str()
        ->check(CLI::Range(0.0F, 1.0F));
    app.add_option("--min-height", options.min_height, "Smallest person in pixels of the picture")
        ->capture_default_str()
        ->check(CLI::Range(8, 4096));
    app.add_option("--tiles", options.tiles,
                   "Look also at up to so many parts of each picture, for people too small for one look; each costs as "
                   "much as the whole")
        ->capture_default_str()
        ->check(CLI::Range(0, 64));
    app.add_option("--max-fps", options.max_fps, "Look at most at so many frames a second; 0: at all")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 240.0));
    app.add_option("--start", options.start, "Second of a file to start at")->check(CLI::NonNegativeNumber);
    app.add_option("--seconds", options.seconds, "Stop after so many seconds of the source")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--udp", options.udp, "RTSP over UDP instead of TCP");
    app.add_flag("--faces", options.faces, "Look at faces, too: gender and age of visitors, and search by face");
    app.add_flag("--attributes", options.attributes, "Look at what people wear and carry, too, to search by it");
}

Result<pipeline::WatchOptions> watch_options_from(const WatchingOptions& options) {
    pipeline::WatchOptions made;
    made.tracker.high_score = std::max(0.5F, options.min_score);
    made.tracker.low_score = std::min(0.1F, options.min_score);
    for (const std::string& text : options.lines) {
        MIEN_LET(line, numbers_of(text, "--line"));
        if (line.numbers.size() != 4) return Error{Fault::BadInput, "--line needs X1,Y1,X2,Y2, got " + text};
        if (line.name.empty()) line.name = "line" + std::to_string(made.lines.size() + 1);
        made.lines.push_back({line.name, {point_at(line.numbers, 0), point_at(line.numbers, 2)}});
    }
    for (const std::string& text : options.zones) {
        MIEN_LET(zone, numbers_of(text, "--zone"));
        if (zone.numbers.size() < 6 || zone.numbers.size() % 2 != 0)
            return Error{Fault::BadInput, "--zone needs three corners or more as X,Y,X,Y,X,Y, got " + text};
        if (zone.name.empty()) zone.name = "zone" + std::to_string(made.zones.size() + 1);
        pipeline::WatchZone area{zone.name, {}};
        for (std::size_t i = 0; i < zone.numbers.size(); i += 2) area.corners.push_back(point_at(zone.numbers, i));
        made.zones.push_back(std::move(area));
    }
    if (!options.floor.empty()) {
        MIEN_LET(floor, floor_from(options.floor));
        made.floor = std::move(floor);
    }
    return made;
}

media::VideoOptions video_options_from(const WatchingOptions& options) {
    media::VideoOptions video;
    video.max_fps = options.max_fps;
    video.threads = options.decode_threads;
    video.transport = options.udp ? media::Transport::Udp : media::Transport::Tcp;
    if (options.start > 0) video.start_at = milliseconds{static_cast<std::int64_t>(options.start * 1000)};
    video.give_up = [] { return stop_asked(); };
    return video;
}

Result<pipeline::WatchNetworks> open_watch(const WatchingOptions& options, int lanes) {
    pipeline::WatchChoice choice{.detector = options.detector, .reid = options.reid};
    choice.detect.min_score = options.min_score;
    choice.detect.min_height = options.min_height;
    choice.detect.max_tiles = options.tiles;
    if (options.attributes) choice.attributes = pipeline::usual_attribute_model;
    choice.faces = options.faces ? pipeline::WatchChoice::Faces::Yes : pipeline::WatchChoice::Faces::No;
    ProgressBar bar(ProgressBar::Unit::Bytes);
    pipeline::OpenOptions open{.lanes = lanes};
    open.before_pull = announce;
    open.on_progress = [&](const models::Progress& now) {
        bar.show(now.what, static_cast<double>(now.done), static_cast<double>(now.total));
    };
    return pipeline::WatchNetworks::open(choice, open);
}

Result<Watched> watch_source(const std::string& address, const WatchingOptions& options, pipeline::Watcher& watcher,
                             const OnOpened& on_opened, const OnGlimpse& on_glimpse) {
    const auto start = Steady::now();
    MIEN_LET(source, media::VideoSource::open(address, video_options_from(options)));
    const media::VideoInfo info = source.info();
    MIEN_TRY(on_opened(info));
    const auto watch = [&]() -> Result<Watched> {
        if (!info.live) return watch_file(std::move(source), options, watcher, on_glimpse);
        // A connection that nobody reads any more would hold the camera up.
        { const media::VideoSource asked = std::move(source); }
        return watch_live(address, options, info, watcher, on_glimpse);
    };
    auto watched = watch();
    if (!watched) return watched;
    MIEN_TRY(on_glimpse({}, watcher.finish()));
    watched->wall_seconds = std::chrono::duration<double>(Steady::now() - start).count();
    return watched;
}

Json json_of(const Watched& watched) {
    Json json{{"source", watched.source},
              {"size", {watched.size.width, watched.size.height}},
              {"fps", rounded(watched.fps)},
              {"frames", watched.frames},
              {"seconds", static_cast<double>(watched.watched.count()) / 1000},
              {"wall_seconds", rounded(watched.wall_seconds)}};
    if (watched.live) {
        json["dropped"] = watched.dropped;
        json["reconnects"] = watched.reconnects;
    }
    if (!watched.latencies.empty()) {
        const auto shares = [](const Latencies& all) { return Json{{"p50", all.at(0.5)}, {"p99", all.at(0.99)}}; };
        json["latency_ms"] = shares(watched.latencies);
        json["behind_ms"] = shares(watched.behind);
    }
    return json;
}

Json counts_json(const pipeline::Watcher& watcher) {
    Json counts = Json::object();
    for (const pipeline::LineCount& line : watcher.lines()) {
        counts[line.name] = {{"in", line.in.value},
                             {"out", line.out.value},
                             {"low", line.in.low + line.out.low},
                             {"high", line.in.high + line.out.high},
                             {"in_low", line.in.low},
                             {"in_high", line.in.high},
                             {"out_low", line.out.low},
                             {"out_high", line.out.high}};
    }
    return counts;
}

}  // namespace mien::cli
