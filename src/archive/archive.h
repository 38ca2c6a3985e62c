#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/sighting.h"
#include "gallery/store/store.h"

namespace mien::archive {

// Whether an archive may be searched for people who belong together or come back often (mining.h).
enum class Mining { Forbidden, Allowed };

// Sightings of people whom nobody has named, kept as a gallery keeps its unknown profiles: each sealed with a key of
// its own, expiring, forgotten with proof, in backups too. archive.db beside the store holds what tells nobody apart:
// recordings, times, events.
// Thread rule: one owner. Several processes may share a folder: one indexes while others search.
class Archive {
public:
    // Errors: Conflict for a name that exists; BadInput for the basis of consent, which unknown people can't give.
    static Result<Archive> create(gallery::Store& store, const std::filesystem::path& folder,
                                  const gallery::NewGallery& kept, Mining mining, const gallery::Actor& actor);
    // Errors: NotFound.
    static Result<Archive> open(gallery::Store& store, const std::filesystem::path& folder, const std::string& name);
    static Result<std::vector<std::string>> names(const std::filesystem::path& folder);
    Archive(Archive&&) noexcept;
    Archive& operator=(Archive&&) noexcept;
    ~Archive();

    const std::string& name() const;
    Mining mining() const;
    gallery::Store& store() const;

    // Starts a recording, or goes on with one of the same camera and video: what was written past `indexed` when it
    // stopped is taken out, since it will be seen again. Errors: Conflict when it is finished.
    Result<Recording> begin(const NewRecording& recording, const gallery::Actor& actor);
    Result<std::vector<Recording>> recordings() const;
    // How far the recording is read and seen: `indexed` must not lie behind the start of a track that goes on.
    struct Progress {
        milliseconds indexed{0};
        bool finished = false;
    };
    // Everything given is on the disk when this returns. Errors: those of the store.
    Status add(std::int64_t recording, std::span<const Sighting> sightings, std::span<const Event> events,
               const Progress& progress, const gallery::Actor& actor);

    Result<KeptSighting> sighting(std::int64_t id) const;
    // By rising id, after `after`, at most `most`.
    Result<std::vector<KeptSighting>> sightings(std::int64_t after, std::size_t most) const;
    Result<Bytes> shot(std::int64_t sample) const;  // JPEG. Errors: NotFound where none was kept
    struct At {
        std::int64_t recording = 0;
        Event event{};
    };
    Result<std::vector<At>> events() const;  // by recording and time

    // Destroys the archive's key and everything in it.
    Status remove(const gallery::Actor& actor) &&;

private:
    struct State;
    explicit Archive(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::archive
