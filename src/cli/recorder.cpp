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
    if (info.live && !options.started.empty())
        return Error{Fault::BadInput, info.source + ": --started is for files; a live source starts now"};
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
    return Recorder(std::move(archive), std::move(begun), choice.actor(), info.live ? Kind::Live : Kind::File);
}

Status Recorder::take(const pipeline::Glimpse& glimpse, const Clock& clock) {
    sightings_.insert(sightings_.end(), glimpse.sightings.begin(), glimpse.sightings.end());
    events_.insert(events_.end(), glimpse.events.begin(), glimpse.events.end());
    if (clock.now < written_ + between_writes && sightings_.size() < many_sightings) return {};
    written_ = clock.now;
    return write({.indexed = indexed(clock)});
}

Status Recorder::end(const Clock& clock, bool finished) {
    return write({.indexed = finished ? clock.now : indexed(clock), .finished = finished});
}

Status Recorder::write(const archive::Archive::Progress& progress) {
    MIEN_TRY(archive_.add(recording_.id, sightings_, events_, progress, actor_));
    sightings_.clear();
    events_.clear();
    return {};
}

}  // namespace mien::cli
