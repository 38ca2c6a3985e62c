#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "cli/store.h"
#include "media/video/video_source.h"
#include "pipeline/watcher.h"

namespace mien::cli {

// Where a watched source is kept.
struct RecorderOptions {
    std::string archive{};
    std::string camera{};   // empty: the source's name
    std::string started{};  // ISO 8601: when the recording began; empty: what the file tells, or a guess by its date
};

// Writes what a watcher gives into an archive, in parts, so that a stopped run goes on where it was.
class Recorder {
public:
    // `first` is the source's first frame. Errors: NotFound for the archive; Conflict for a recording that is finished.
    static Result<Recorder> begin(gallery::Store& store, const StoreChoice& choice, const RecorderOptions& options,
                                  const std::string& address, const media::VideoInfo& info, const Frame& first);

    const archive::Recording& recording() const { return recording_; }
    const archive::Archive& archive() const { return archive_; }

    // Keeps what a glimpse of the frame at `now` tells; on the disk after 5 seconds of the source's time at most.
    // `settled` is the watcher's. Of a file, what lies behind it is taken out and seen again when a run that was cut
    // off goes on; a live source can't be seen again, and all of it stays.
    struct Clock {
        std::chrono::milliseconds now{0};
        std::chrono::milliseconds settled{0};
    };
    Status take(const pipeline::Glimpse& glimpse, const Clock& clock);
    // Writes the rest. Finished: the file was read to its end.
    Status end(const Clock& clock, bool finished);

private:
    enum class Kind { File, Live };
    Recorder(archive::Archive archive, archive::Recording recording, gallery::Actor actor, Kind kind)
        : archive_(std::move(archive)), recording_(std::move(recording)), actor_(std::move(actor)), kind_(kind) {}
    Status write(const archive::Archive::Progress& progress);
    // Live: one past the last moment, so that nothing lies behind it.
    std::chrono::milliseconds indexed(const Clock& clock) const {
        return kind_ == Kind::Live ? clock.now + std::chrono::milliseconds{1} : clock.settled;
    }
    archive::Archive archive_;
    archive::Recording recording_;
    gallery::Actor actor_;
    Kind kind_;
    std::vector<Sighting> sightings_{};
    std::vector<Event> events_{};
    std::chrono::milliseconds written_{0};
};

}  // namespace mien::cli
