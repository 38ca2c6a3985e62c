#include "media/video/frame_times.h"

namespace mien::media {

Result<FrameTimes> FrameTimes::read(Demuxer& input) {
    FrameTimes times;
    const libav::Own<AVPacket> packet(av_packet_alloc());
    if (!packet) return Error{Fault::Overloaded, "there is not enough memory"};
    while (true) {
        MIEN_LET(more, input.read(*packet));
        if (!more) break;
        const AVPacket& found = *packet;
        if (found.pts == AV_NOPTS_VALUE) return FrameTimes();
        if ((found.flags & AV_PKT_FLAG_DISCARD) == 0) times.shown_.push_back(found.pts);
        if ((found.flags & AV_PKT_FLAG_KEY) != 0)
            times.keys_.push_back({found.pts, found.dts == AV_NOPTS_VALUE ? found.pts : found.dts});
        av_packet_unref(packet.get());
    }
    std::ranges::sort(times.shown_);
    if (std::ranges::adjacent_find(times.shown_) != times.shown_.end()) return FrameTimes();
    std::ranges::sort(times.keys_, {}, &Key::shown);
    return times;
}

std::int64_t FrameTimes::number_from(std::int64_t time) const {
    return std::ranges::lower_bound(shown_, time) - shown_.begin();
}

std::optional<std::int64_t> FrameTimes::number_of(std::int64_t time) const {
    const auto found = std::ranges::lower_bound(shown_, time);
    if (found == shown_.end() || *found != time) return std::nullopt;
    return found - shown_.begin();
}

std::optional<std::int64_t> FrameTimes::key_before(std::int64_t time) const {
    const auto after = std::ranges::upper_bound(keys_, time, {}, &Key::shown);
    if (after == keys_.begin()) return std::nullopt;
    return std::prev(after)->decoded;
}

}  // namespace mien::media
