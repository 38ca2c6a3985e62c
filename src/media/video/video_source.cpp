#include "media/video/video_source.h"

#include <utility>

#include "media/video/address.h"
#include "media/video/reader.h"

namespace mien::media {
namespace {

bool starts_later(const VideoOptions& options) {
    return options.start_at.value_or(std::chrono::milliseconds(0)).count() > 0 || options.start_frame.value_or(0) > 0;
}

}  // namespace

Status check(const VideoOptions& options) {
    if (options.every < 1)
        return Error{Fault::BadInput, "every must be 1 or more, got " + std::to_string(options.every)};
    if (!(options.max_fps >= 0))
        return Error{Fault::BadInput, "max_fps must be 0 or more, got " + std::to_string(options.max_fps)};
    if (options.longest_side < 0 || options.longest_side > Picture::longest_side)
        return Error{Fault::BadInput, "longest_side must be 0..65500, got " + std::to_string(options.longest_side)};
    if (!(options.sequence_fps > 0 && options.sequence_fps <= 1000))
        return Error{Fault::BadInput, "sequence_fps must be over 0, at most 1000"};
    if (options.threads < 0 || options.threads > 64)
        return Error{Fault::BadInput, "threads must be 0..64, got " + std::to_string(options.threads)};
    if (options.start_at && options.start_frame) return Error{Fault::BadInput, "start at a time or a frame, not both"};
    if ((options.start_at && options.start_at->count() < 0) || (options.start_frame && *options.start_frame < 0))
        return Error{Fault::BadInput, "a video starts at 0 or later"};
    if (options.open_deadline.count() <= 0 || options.read_deadline.count() <= 0)
        return Error{Fault::BadInput, "deadlines must be over 0 milliseconds"};
    return {};
}

Size fitted(Size size, int longest) {
    const int longer = std::max(size.width, size.height);
    if (longest == 0 || longer <= longest) return size;
    const auto scaled = [&](int side) {
        return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * longest / longer)));
    };
    return {scaled(size.width), scaled(size.height)};
}

Result<VideoSource> VideoSource::open(const std::string& address, const VideoOptions& options) {
    MIEN_TRY(check(options));
    MIEN_LET(parsed, parse_address(address));
    const bool is_live = parsed.kind == SourceKind::Rtsp || parsed.kind == SourceKind::Device;
    if (is_live && starts_later(options))
        return Error{Fault::BadInput, parsed.shown + ": a live source can't be started at a later time or frame"};
    MIEN_LET(reader,
             parsed.kind == SourceKind::Sequence ? open_sequence(parsed, options) : open_stream(parsed, options));
    VideoInfo info = reader->info();
    return VideoSource(std::move(reader), options, std::move(info));
}

Result<VideoSource> VideoSource::open_bytes(Bytes film, std::string name, const VideoOptions& options) {
    MIEN_TRY(check(options));
    MIEN_LET(reader, open_film(std::move(film), name, options));
    VideoInfo info = reader->info();
    return VideoSource(std::move(reader), options, std::move(info));
}

VideoSource::VideoSource(std::unique_ptr<Reader> reader, const VideoOptions& options, VideoInfo info)
    : reader_(std::move(reader)), options_(options), info_(std::move(info)) {}
VideoSource::VideoSource(VideoSource&&) noexcept = default;
VideoSource& VideoSource::operator=(VideoSource&&) noexcept = default;
VideoSource::~VideoSource() = default;

std::int64_t VideoSource::damaged() const {
    return reader_->damaged();
}

// Time is cut into slots of 1/max_fps; the first frame of each slot is kept.
bool VideoSource::wanted(std::int64_t number, std::chrono::milliseconds at) {
    if (number % options_.every != 0) return false;
    if (options_.max_fps <= 0) return true;
    const auto slot = static_cast<std::int64_t>(std::floor(static_cast<double>(at.count()) * options_.max_fps / 1000));
    return std::exchange(last_slot_, slot) != slot;
}

Result<std::optional<Frame>> VideoSource::next() try {
    while (true) {
        MIEN_LET(step, reader_->advance());
        if (!step) return std::optional<Frame>();
        if (!wanted(step->number, step->at)) continue;
        MIEN_LET(picture, reader_->picture());
        number_ = step->number;
        return std::optional<Frame>(
            Frame{info_.source, step->at, std::make_shared<const Picture>(std::move(picture)), step->taken});
    }
} catch (const std::bad_alloc&) {
    return Error{Fault::Overloaded, info_.source + ": there is not enough memory for the next frame"};
}

}  // namespace mien::media
