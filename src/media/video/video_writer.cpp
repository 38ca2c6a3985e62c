#include "media/video/video_writer.h"

extern "C" {
#include <libavutil/opt.h>
}
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <system_error>

#include "media/video/libav.h"

namespace mien::media {
namespace {

namespace fs = std::filesystem;
constexpr AVRational unit{1, 90000};  // of times in the file, the usual clock of video

fs::path beside(const fs::path& file) {
    // Several writers of one process and of others never meet.
    static std::atomic<unsigned> count{0};
    return file.parent_path() /
           ("." + file.filename().string() + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
}

Status flush_to_disk(const fs::path& file) {
    const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool flushed = handle >= 0 && ::fsync(handle) == 0;
    const int why = errno;
    if (handle >= 0) ::close(handle);
    if (flushed) return {};
    return Error{Fault::Unavailable, file.string() + ": " + std::generic_category().message(why)};
}

}  // namespace

struct VideoWriter::Encoder {
    Encoder(fs::path target, Size given, const VideoWriterOptions& chosen)
        : file(std::move(target)), part(beside(file)), size(given), options(chosen) {}
    ~Encoder() {
        if (output != nullptr) {
            if (output->pb != nullptr) avio_closep(&output->pb);
            avformat_free_context(output);
        }
        std::error_code ignored;
        if (opened) fs::remove(part, ignored);
    }
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    Status open();
    Status open_codec();
    Status send(const AVFrame* picture);
    Error failure(int code) const {
        return {Fault::Unavailable,
                file.string() + ": the video can't be written: " + libav::error_of(code, "").message.substr(2)};
    }

    fs::path file;
    fs::path part;
    Size size;
    VideoWriterOptions options;
    std::string name{};
    AVFormatContext* output = nullptr;
    AVStream* stream = nullptr;
    libav::Own<AVCodecContext> codec{};
    libav::Own<AVFrame> frame{};
    libav::Own<AVPacket> packet{};
    libav::Own<SwsContext> converter{};
    std::int64_t count = 0;
    std::int64_t last = -1;
    bool opened = false;
    bool finished = false;
};

Status VideoWriter::Encoder::open_codec() {
    const AVCodec* kind = avcodec_find_encoder_by_name("libx264");
    if (kind == nullptr) kind = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
    if (kind == nullptr) return Error{Fault::Unsupported, "this build of libavcodec encodes neither H.264 nor MPEG-4"};
    name = kind->name;
    codec.reset(avcodec_alloc_context3(kind));
    if (!codec) return Error{Fault::Overloaded, "there is not enough memory for an encoder"};
    codec->width = size.width & ~1;
    codec->height = size.height & ~1;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->framerate = av_d2q(options.fps, 100000);
    // MPEG-4 part 2 counts at most 65535 parts of a second.
    codec->time_base = kind->id == AV_CODEC_ID_MPEG4 ? AVRational{1, 30000} : unit;
    codec->thread_count = options.threads;
    const bool high = codec->height >= 720;
    codec->colorspace = high ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    codec->color_range = AVCOL_RANGE_MPEG;
    codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (kind->id == AV_CODEC_ID_H264) {
        av_opt_set(codec->priv_data, "preset", "veryfast", 0);
        av_opt_set_int(codec->priv_data, "crf", options.quality, 0);
    } else {
        codec->flags |= AV_CODEC_FLAG_QSCALE;
        codec->global_quality = FF_QP2LAMBDA * std::clamp(options.quality / 4, 1, 31);
    }
    const int code = avcodec_open2(codec.get(), kind, nullptr);
    if (code < 0) return failure(code);
    return {};
}

Status VideoWriter::Encoder::open() {
    libav::be_quiet();
    MIEN_TRY(open_codec());
    frame.reset(av_frame_alloc());
    packet.reset(av_packet_alloc());
    converter.reset(sws_getContext(codec->width, codec->height, AV_PIX_FMT_RGB24, codec->width, codec->height,
                                   AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr));
    if (!frame || !packet || !converter) return Error{Fault::Overloaded, "there is not enough memory for an encoder"};
    const int* matrix = sws_getCoefficients(codec->colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
    sws_setColorspaceDetails(converter.get(), matrix, 1, matrix, 0, 0, 1 << 16, 1 << 16);
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = codec->width;
    frame->height = codec->height;
    if (const int code = av_frame_get_buffer(frame.get(), 0); code < 0) return failure(code);
    if (const int code = avformat_alloc_output_context2(&output, nullptr, "mp4", nullptr); code < 0)
        return failure(code);
    stream = avformat_new_stream(output, nullptr);
    if (stream == nullptr) return Error{Fault::Overloaded, "there is not enough memory for a video"};
    if (const int code = avcodec_parameters_from_context(stream->codecpar, codec.get()); code < 0) return failure(code);
    stream->time_base = codec->time_base;
    stream->avg_frame_rate = codec->framerate;
    if (const int code = avio_open(&output->pb, ("file:" + part.string()).c_str(), AVIO_FLAG_WRITE); code < 0)
        return failure(code);
    opened = true;
    if (const int code = avformat_write_header(output, nullptr); code < 0) return failure(code);
    return {};
}

// Null: the end.
Status VideoWriter::Encoder::send(const AVFrame* picture) {
    int code = avcodec_send_frame(codec.get(), picture);
    while (code >= 0) {
        code = avcodec_receive_packet(codec.get(), packet.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
        if (code < 0) break;
        av_packet_rescale_ts(packet.get(), codec->time_base, stream->time_base);
        packet->stream_index = stream->index;
        code = av_interleaved_write_frame(output, packet.get());
    }
    return failure(code);
}

Result<VideoWriter> VideoWriter::make(const fs::path& file, Size size, const VideoWriterOptions& options) {
    if (size.width < 2 || size.height < 2 || size.width > 16384 || size.height > 16384)
        return Error{Fault::BadInput, file.string() + ": a video of " + std::to_string(size.width) + " x " +
                                          std::to_string(size.height) + " pixels is outside 2..16384"};
    if (!(options.fps > 0 && options.fps <= 240))
        return Error{Fault::BadInput, "fps must be over 0, at most 240, got " + std::to_string(options.fps)};
    if (options.quality < 0 || options.quality > 51)
        return Error{Fault::BadInput, "quality must be 0..51, got " + std::to_string(options.quality)};
    auto encoder = std::make_unique<Encoder>(file, size, options);
    MIEN_TRY(encoder->open());
    return VideoWriter(std::move(encoder));
}

VideoWriter::VideoWriter(std::unique_ptr<Encoder> encoder) : encoder_(std::move(encoder)) {}
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;
VideoWriter::~VideoWriter() = default;

const std::string& VideoWriter::codec() const {
    return encoder_->name;
}

Status VideoWriter::add(const Picture& picture, std::chrono::milliseconds at) {
    Encoder& to = *encoder_;
    if (picture.size() != to.size)
        return Error{Fault::BadInput, to.file.string() + ": a picture of " + std::to_string(picture.width()) + " x " +
                                          std::to_string(picture.height()) + " pixels came into a video of " +
                                          std::to_string(to.size.width) + " x " + std::to_string(to.size.height)};
    const AVRational base = to.codec->time_base;
    const std::int64_t time = to.options.timing == FrameTiming::AsGiven
                                  ? av_rescale_q(at.count(), {1, 1000}, base)
                                  : std::llround(static_cast<double>(to.count) * base.den / to.options.fps);
    if (time <= to.last)
        return Error{Fault::BadInput, to.file.string() + ": a frame at " + std::to_string(at.count()) +
                                          " ms is not after the one before"};
    if (const int code = av_frame_make_writable(to.frame.get()); code < 0) return to.failure(code);
    const std::array<const std::uint8_t*, 4> rows{picture.row(0), nullptr, nullptr, nullptr};
    const std::array<int, 4> strides{picture.width() * 3, 0, 0, 0};
    sws_scale(to.converter.get(), rows.data(), strides.data(), 0, to.codec->height, to.frame->data, to.frame->linesize);
    to.frame->pts = time;
    to.last = time;
    ++to.count;
    return to.send(to.frame.get());
}

Status VideoWriter::finish() {
    Encoder& to = *encoder_;
    if (to.finished) return Error{Fault::BadInput, to.file.string() + ": the video is finished already"};
    to.finished = true;
    if (to.count == 0) return Error{Fault::BadInput, to.file.string() + ": a video needs a picture"};
    MIEN_TRY(to.send(nullptr));
    if (const int code = av_write_trailer(to.output); code < 0) return to.failure(code);
    if (const int code = avio_closep(&to.output->pb); code < 0) return to.failure(code);
    MIEN_TRY(flush_to_disk(to.part));
    std::error_code why;
    fs::rename(to.part, to.file, why);
    if (why) return Error{Fault::Unavailable, to.file.string() + ": " + why.message()};
    to.opened = false;
    return {};
}

}  // namespace mien::media
