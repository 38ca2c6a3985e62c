#include "media/video/demuxer.h"

extern "C" {
#include <libavdevice/avdevice.h>
#include <libavutil/imgutils.h>
}

#include <thread>

#include "media/codec.h"

namespace mien::media {
namespace {

// Containers of pictures alone. Playlists and descriptions (HLS, DASH, SDP, concat) make libav open further addresses
// that a hostile file names, so that they are left out of files.
constexpr const char* file_containers =
    "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm,mpegts,mpeg,mpegvideo,flv,live_flv,ogg,asf,h264,hevc,m4v,mjpeg,mpjpeg,"
    "ivf,"
    "nut,mxf,gif,yuv4mpegpipe,dv,vc1,rm,swf,wtv,av1,obu";

struct Allowed {
    const char* protocols;
    std::string containers;
};

Allowed allowed(SourceKind kind) {
    switch (kind) {
        case SourceKind::Rtsp:
            return {"rtsp,rtsps,rtp,srtp,udp,tcp,tls", "rtsp,mpegts"};
        case SourceKind::Http:
            return {"http,https,httpproxy,tcp,tls,crypto", std::string(file_containers) + ",hls"};
        case SourceKind::Device:
            return {"file", "video4linux2,v4l2"};
        case SourceKind::File:
        case SourceKind::Sequence:
            break;
    }
    return {"file", file_containers};
}

int read_film(void* opaque, std::uint8_t* to, int size) {
    auto& film = *static_cast<libav::Film*>(opaque);
    const std::size_t count = std::min(static_cast<std::size_t>(size), film.bytes.size() - film.at);
    if (count == 0) return AVERROR_EOF;
    std::copy_n(film.bytes.begin() + static_cast<std::ptrdiff_t>(film.at), count, to);
    film.at += count;
    return static_cast<int>(count);
}

std::int64_t seek_film(void* opaque, std::int64_t offset, int whence) {
    auto& film = *static_cast<libav::Film*>(opaque);
    const auto size = static_cast<std::int64_t>(film.bytes.size());
    if (whence == AVSEEK_SIZE) return size;
    const int from = whence & ~AVSEEK_FORCE;
    std::int64_t target = offset;
    if (from == SEEK_CUR) target += static_cast<std::int64_t>(film.at);
    if (from == SEEK_END) target += size;
    if (target < 0 || target > size) return AVERROR(EINVAL);
    film.at = static_cast<std::size_t>(target);
    return target;
}

AVIOContext* memory_of(libav::Film& film) {
    constexpr int buffer_bytes = 32768;
    film.at = 0;
    auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
    if (buffer == nullptr) return nullptr;
    return avio_alloc_context(buffer, buffer_bytes, 0, &film, read_film, nullptr, seek_film);
}

int is_over(void* deadline) {
    return static_cast<const libav::Deadline*>(deadline)->over() ? 1 : 0;
}

libav::Own<AVDictionary> settings_of(SourceKind kind, const VideoOptions& options) {
    AVDictionary* made = nullptr;
    const Allowed may = allowed(kind);
    av_dict_set(&made, "protocol_whitelist", may.protocols, 0);
    av_dict_set(&made, "format_whitelist", may.containers.c_str(), 0);
    av_dict_set(&made, "max_streams", "64", 0);
    if (kind == SourceKind::Rtsp) {
        av_dict_set(&made, "rtsp_transport", options.transport == Transport::Udp ? "udp" : "tcp", 0);
        av_dict_set(&made, "allowed_media_types", "video", 0);
    }
    return libav::Own<AVDictionary>(made);
}

}  // namespace

Demuxer::Demuxer(const SourceAddress& address, const VideoOptions& options)
    : shown_(address.shown), read_deadline_(options.read_deadline) {
    deadline_.give_up = options.give_up;
}

Demuxer::~Demuxer() {
    // Saying goodbye to a dead camera must not block either.
    deadline_.in(std::chrono::seconds(1));
    format_.reset();
    if (memory_ != nullptr) {
        av_freep(&memory_->buffer);
        avio_context_free(&memory_);
    }
}

Result<std::unique_ptr<Demuxer>> Demuxer::open(const SourceAddress& address, libav::Film* film,
                                               const VideoOptions& options) {
    libav::be_quiet();
    std::unique_ptr<Demuxer> made(new Demuxer(address, options));
    MIEN_TRY(made->connect(address, film, options));
    MIEN_TRY(made->find_stream(options));
    return made;
}

Status Demuxer::connect(const SourceAddress& address, libav::Film* film, const VideoOptions& options) {
    const AVInputFormat* format = nullptr;
    if (address.kind == SourceKind::Device) {
        avdevice_register_all();
        format = av_find_input_format("v4l2");
        if (format == nullptr)
            return Error{Fault::Unsupported, shown_ + ": this build of libavdevice reads no V4L2 cameras"};
    }
    std::error_code ignored;
    if (address.kind == SourceKind::File && film == nullptr && !std::filesystem::exists(address.location, ignored))
        return Error{Fault::NotFound, shown_ + ": there is no such file"};
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) return Error{Fault::Overloaded, "there is not enough memory to open a video"};
    context->interrupt_callback = {is_over, &deadline_};
    // libavdevice's V4L2 reader blocks without asking for the deadline unless it is told not to wait.
    if (address.kind == SourceKind::Device) context->flags |= AVFMT_FLAG_NONBLOCK;
    if (film != nullptr) {
        memory_ = memory_of(*film);
        context->pb = memory_;
        if (memory_ == nullptr) {
            avformat_free_context(context);
            return Error{Fault::Overloaded, "there is not enough memory to open a video"};
        }
    }
    deadline_.in(options.open_deadline);
    libav::Own<AVDictionary> settings = settings_of(address.kind, options);
    AVDictionary* left = settings.release();
    // "file:" keeps a name with a colon from being read as a protocol.
    const std::string location =
        address.kind == SourceKind::File && film == nullptr ? "file:" + address.location : address.location;
    const int code = avformat_open_input(&context, film != nullptr ? nullptr : location.c_str(), format, &left);
    settings.reset(left);
    if (code < 0) return libav::error_of(code, shown_);  // the context is freed by then
    format_.reset(context);
    const bool endless = context->pb == nullptr || (context->pb->seekable & AVIO_SEEKABLE_NORMAL) == 0;
    live_ = address.kind == SourceKind::Rtsp || address.kind == SourceKind::Device ||
            (address.kind == SourceKind::Http && endless);
    return {};
}

Status Demuxer::find_stream(const VideoOptions& options) {
    int code = avformat_find_stream_info(format_.get(), nullptr);
    if (code < 0 || (live_ && deadline_.over())) return libav::error_of(code < 0 ? code : AVERROR_EXIT, shown_);
    stream_ = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec_, 0);
    if (stream_ == AVERROR_STREAM_NOT_FOUND) return Error{Fault::BadInput, shown_ + ": it holds no video"};
    if (stream_ < 0 || codec_ == nullptr) {
        return Error{Fault::Unsupported, shown_ + ": this build of libavcodec can't decode its video"};
    }
    for (unsigned i = 0; i < format_->nb_streams; ++i) {
        if (static_cast<int>(i) != stream_) format_->streams[i]->discard = AVDISCARD_ALL;
    }
    const AVCodecParameters& given = *stream().codecpar;
    if (given.width > 0 && given.height > 0) {
        const Status fits = check_size(static_cast<std::uint64_t>(given.width),
                                       static_cast<std::uint64_t>(given.height), options.limits);
        if (!fits) return Error{fits.error().fault, shown_ + ": " + fits.error().message};
    }
    return {};
}

Result<bool> Demuxer::read(AVPacket& packet) {
    deadline_.in(read_deadline_);
    while (true) {
        const int code = av_read_frame(format_.get(), &packet);
        if (code == AVERROR(EAGAIN) && !deadline_.over()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            continue;
        }
        // An interrupted read may look like an end of the file.
        if (code < 0 && deadline_.over()) return libav::error_of(AVERROR_EXIT, shown_);
        if (code == AVERROR_EOF) return false;
        if (code < 0) return libav::error_of(code, shown_);
        if (packet.stream_index == stream_) return true;
        av_packet_unref(&packet);
    }
}

Status Demuxer::seek(std::int64_t timestamp) {
    deadline_.in(read_deadline_);
    const int code = av_seek_frame(format_.get(), stream_, timestamp, AVSEEK_FLAG_BACKWARD);
    if (code < 0) return libav::error_of(code, shown_ + ": seeking");
    return {};
}

}  // namespace mien::media
