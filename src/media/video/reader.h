#pragma once

#include "media/video/address.h"
#include "media/video/video_source.h"

namespace mien::media {

// What stands behind a VideoSource: a stream read by libav, or a sequence of pictures. advance() steps to the next
// frame without making its picture, so that frames nobody wants cost no conversion.
struct VideoSource::Reader {
    struct Step {
        std::int64_t number = 0;  // from the stream's start
        std::chrono::milliseconds at{0};
        std::optional<std::chrono::sys_time<std::chrono::milliseconds>> taken{};
    };

    Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    virtual ~Reader() = default;
    virtual VideoInfo info() const = 0;
    virtual Result<std::optional<Step>> advance() = 0;
    virtual Result<Picture> picture() = 0;  // of the frame stepped to
    virtual std::int64_t damaged() const { return 0; }
};

Result<std::unique_ptr<VideoSource::Reader>> open_stream(const SourceAddress& address, const VideoOptions& options);
Result<std::unique_ptr<VideoSource::Reader>> open_film(Bytes film, const std::string& name,
                                                       const VideoOptions& options);
Result<std::unique_ptr<VideoSource::Reader>> open_sequence(const SourceAddress& address, const VideoOptions& options);

// BadInput for options outside their ranges.
Status check(const VideoOptions& options);

// Scaled down so that its longer side is at most `longest` (0: as it is); sides are at least 1.
Size fitted(Size size, int longest);

}  // namespace mien::media
