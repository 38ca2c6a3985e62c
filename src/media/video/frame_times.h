#pragma once

#include "media/video/demuxer.h"

namespace mien::media {

// When each frame of a film is shown, in the stream's time base, by order of showing. For the .cpp files of this
// folder.
class FrameTimes {
public:
    // Reads all packets of an input, without decoding. Empty when any of them doesn't tell its time or two tell the
    // same: then frames can only be numbered by decoding.
    static Result<FrameTimes> read(Demuxer& input);

    bool empty() const { return shown_.empty(); }
    std::int64_t size() const { return static_cast<std::int64_t>(shown_.size()); }
    std::int64_t at(std::int64_t number) const { return shown_[static_cast<std::size_t>(number)]; }
    // Of the first frame not before `time`; size() when there is none.
    std::int64_t number_from(std::int64_t time) const;
    std::optional<std::int64_t> number_of(std::int64_t time) const;
    // Where to seek (decoding time) for the last key frame that is shown not after `time`.
    std::optional<std::int64_t> key_before(std::int64_t time) const;

private:
    struct Key {
        std::int64_t shown = 0;
        std::int64_t decoded = 0;
    };
    std::vector<std::int64_t> shown_{};
    std::vector<Key> keys_{};
};

}  // namespace mien::media
