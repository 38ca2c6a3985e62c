#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "gallery/live.h"

namespace mien::archive {

// Where and when to look, and for whom.
struct Question {
    std::size_t top = 20;
    float threshold = 0;         // similarity, 0..1
    std::optional<Time> from{};  // of the shot
    std::optional<Time> before{};
    std::optional<std::vector<std::string>> cameras{};
    std::uint32_t attributes = 0;  // bits of Attribute that a sighting must have
};

struct Hit {
    KeptSighting sighting{};
    float similarity = 0;    // 0..1
    std::int64_t shot = 0;   // its most similar one
    Time at{};               // when that was
    milliseconds second{0};  // the same in the recording
};

// An archive's templates of one maker in memory, following the archive.
// Thread rule: as LiveGallery.
class Search {
public:
    static Result<Search> open(const Archive& archive, const Maker& maker, const gallery::LiveOptions& options = {});

    Status refresh();  // takes in what was indexed meanwhile

    // Sightings like the person in the probes (several pictures of one person, each may find), the most similar first.
    // Errors: BadInput when a probe is by another maker.
    Result<std::vector<Hit>> search(std::span<const Template> probes, const Question& question) const;

    std::size_t size() const { return live_.size(); }

private:
    Search(const Archive& archive, gallery::LiveGallery live) : archive_(&archive), live_(std::move(live)) {}
    const Archive* archive_;
    gallery::LiveGallery live_;
};

// The hits by time: where the person went. Sightings of one camera that follow each other within `pause` are one stay.
struct Stay {
    std::string camera{};
    Time from{};
    Time to{};
    float similarity = 0;             // the greatest
    std::vector<std::size_t> hits{};  // their places among those given, by time
};
std::vector<Stay> path_of(std::span<const Hit> hits, milliseconds pause = std::chrono::seconds{30});

}  // namespace mien::archive
