#pragma once

#include "media/video/address.h"
#include "media/video/libav.h"
#include "media/video/video_source.h"

namespace mien::media {

// An opened container with its picture stream found. For the .cpp files of this folder only.
class Demuxer {
public:
    // `film` is null unless the bytes are in memory; it outlives this.
    static Result<std::unique_ptr<Demuxer>> open(const SourceAddress& address, libav::Film* film,
                                                 const VideoOptions& options);
    Demuxer(const Demuxer&) = delete;
    Demuxer& operator=(const Demuxer&) = delete;
    ~Demuxer();

    // The next packet of the picture stream; false at the end.
    Result<bool> read(AVPacket& packet);
    // To the key frame at or before `timestamp`, in the stream's time base.
    Status seek(std::int64_t timestamp);

    const AVFormatContext& format() const { return *format_; }
    AVStream& stream() const { return *format_->streams[stream_]; }
    const AVCodec* codec() const { return codec_; }
    bool is_live() const { return live_; }
    libav::Deadline& deadline() { return deadline_; }

private:
    explicit Demuxer(const SourceAddress& address, const VideoOptions& options);
    Status connect(const SourceAddress& address, libav::Film* film, const VideoOptions& options);
    Status find_stream(const VideoOptions& options);

    std::string shown_;
    std::chrono::milliseconds read_deadline_;
    bool live_ = false;
    libav::Deadline deadline_{};
    AVIOContext* memory_ = nullptr;
    libav::Own<AVFormatContext> format_{};
    int stream_ = -1;
    const AVCodec* codec_ = nullptr;
};

}  // namespace mien::media
