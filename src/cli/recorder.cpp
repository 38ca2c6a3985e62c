#include "cli/recorder.h"

#include <filesystem>

#include "gallery/where.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds between_writes{5000};  // of the source's time
constexpr std::size_t many_sightings = 64;

// A file's last change is near the end of what it shows.
gallery::Time by_file_date(const std::string& address, const media::VideoInfo& info) {
    std::error_code unknown;
    const auto changed = fs::last_write_time(address, unknown);
    if (unknown) return gallery::now();
    const auto time = std::chrono::time_point_cast<milliseconds>(std::chrono::file_clock::to_sys(changed));
    return time - info.length.value_or(milliseconds{0});
}

}  // namespace

Result<Recorder> Recorder::begin(gallery::Store& store, const StoreChoice& choice, const RecorderOptions& options,
                                 const std::string& address, const media::VideoInfo& info, const Frame& first) {
    MIEN_LET(archive, archive::Archive::open(store, choice.folder, options.archive));
    archive::NewRecording recording{.camera = options.camera, .video = info.source};
    if (recording.camera.empty()) recording.camera = fs::path(info.source).stem().string();
    if (!options.started.empty()) {
        MIEN_LET(started, gallery::span_from(options.started));
        recording.started = started.from;
        recording.clock = archive::Clock::Known;
    } else if (info.live) {
        recording.started = gallery::now();
        recording.clock = archive::Clock::Known;
    } else if (first.taken) {
        recording.started = *first.taken - first.at;
        recording.clock = archive::Clock::Known;
    } else {
        recording.started = by_file_date(address, info);
    }
    MIEN_LET(begun, archive.begin(recording, choice.actor()));
    return Recorder(std::move(archive), std::move(begun), choice.actor());
}

Status Recorder::take(const pipeline::Glimpse& glimpse, milliseconds settled) {
    sightings_.insert(sightings_.end(), glimpse.sightings.begin(), glimpse.sightings.end());
    events_.insert(events_.end(), glimpse.events.begin(), glimpse.events.end());
    if (settled < written_ + between_writes && sightings_.size() < many_sightings) return {};
    // What happened after `settled` will happen again when the recording is taken up there: it waits.
    std::vector<Event> certain;
    std::vector<Event> waiting;
    for (Event& event : events_) (event.at < settled ? certain : waiting).push_back(std::move(event));
    events_ = std::move(waiting);
    MIEN_TRY(archive_.add(recording_.id, sightings_, certain, {.indexed = settled}, actor_));
    sightings_.clear();
    written_ = settled;
    return {};
}

Status Recorder::end(milliseconds indexed, bool finished) {
    return archive_.add(recording_.id, sightings_, events_, {.indexed = indexed, .finished = finished}, actor_);
}

}  // namespace mien::cli
