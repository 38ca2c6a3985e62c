extern "C" {
#include <libavutil/display.h>
#include <libavutil/hwcontext.h>
#include <libavutil/parseutils.h>
}

#include "media/video/demuxer.h"
#include "media/video/frame_maker.h"
#include "media/video/frame_times.h"
#include "media/video/reader.h"

namespace mien::media {
namespace {

using std::chrono::milliseconds;
using Wall = std::chrono::sys_time<milliseconds>;

// So many packets in a row without a picture: what comes is no video any more.
constexpr int longest_damage = 250;

Orientation orientation_of_stream(const AVStream& stream) {
    const std::uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
    if (matrix == nullptr) return Orientation::Upright;
    const double turn = av_display_rotation_get(reinterpret_cast<const std::int32_t*>(matrix));  // to the left
    if (!std::isfinite(turn)) return Orientation::Upright;
    const long quarters = ((std::lround(-turn / 90) % 4) + 4) % 4;  // to the right
    if (quarters == 1) return Orientation::TurnLeft;
    if (quarters == 2) return Orientation::UpsideDown;
    return quarters == 3 ? Orientation::TurnRight : Orientation::Upright;
}

Wall wall_now() {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

std::optional<Wall> recorded(const AVFormatContext& format) {
    const AVDictionaryEntry* entry = av_dict_get(format.metadata, "creation_time", nullptr, 0);
    std::int64_t microseconds = 0;
    if (entry == nullptr || av_parse_time(&microseconds, entry->value, 0) < 0) return std::nullopt;
    return Wall(milliseconds(microseconds / 1000));
}

struct Device {
    libav::Own<AVBufferRef> context{};
    AVPixelFormat format = AV_PIX_FMT_NONE;
    std::string name{};
};

// The first device of this machine that decodes this codec.
Device find_device(const AVCodec* codec) {
    for (int i = 0;; ++i) {
        const AVCodecHWConfig* config = avcodec_get_hw_config(codec, i);
        if (config == nullptr) return {};
        if ((config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) == 0) continue;
        AVBufferRef* made = nullptr;
        if (av_hwdevice_ctx_create(&made, config->device_type, nullptr, nullptr, 0) < 0) continue;
        return {libav::Own<AVBufferRef>(made), config->pix_fmt, av_hwdevice_get_type_name(config->device_type)};
    }
}

AVPixelFormat choose_format(AVCodecContext* codec, const AVPixelFormat* offered) {
    const auto wanted = *static_cast<const AVPixelFormat*>(codec->opaque);
    for (const AVPixelFormat* format = offered; *format != AV_PIX_FMT_NONE; ++format) {
        if (*format == wanted) return *format;
    }
    return avcodec_default_get_format(codec, offered);
}

class StreamReader final : public VideoSource::Reader {
public:
    StreamReader(SourceAddress address, std::unique_ptr<libav::Film> film, VideoOptions options)
        : address_(std::move(address)), film_(std::move(film)), options_(std::move(options)) {}

    Status begin() {
        packet_.reset(av_packet_alloc());
        frame_.reset(av_frame_alloc());
        shown_frame_.reset(av_frame_alloc());
        if (!packet_ || !frame_ || !shown_frame_) return Error{Fault::Overloaded, "there is not enough memory"};
        MIEN_TRY(open());
        return find_start();
    }

    VideoInfo info() const override;
    Result<std::optional<Step>> advance() override;
    Result<Picture> picture() override;
    std::int64_t damaged() const override { return damaged_; }

private:
    Status open();
    Status open_decoder();
    Status find_start();
    std::int64_t first_number() const;
    milliseconds time_of(std::int64_t stamp) const;
    Status feed();
    Result<bool> decode();
    Error named(const Error& error) const { return {error.fault, address_.shown + ": " + error.message}; }
    std::optional<std::int64_t> stamp() const;
    Step step_of(std::optional<std::int64_t> stamp);

    SourceAddress address_;
    std::unique_ptr<libav::Film> film_;  // before what reads it
    VideoOptions options_;
    Device device_{};
    std::unique_ptr<Demuxer> demuxer_{};
    libav::Own<AVCodecContext> decoder_{};
    libav::Own<AVPacket> packet_{};
    libav::Own<AVFrame> frame_{};
    libav::Own<AVFrame> shown_frame_{};  // of a device, in main memory
    std::optional<FrameMaker> maker_{};
    FrameTimes times_{};                     // of all frames, where the start asked for them
    std::optional<std::int64_t> skip_to_{};  // timestamp of the first frame to give
    std::optional<std::int64_t> origin_{};
    std::optional<Wall> recorded_{};
    std::int64_t next_number_ = 0;
    std::int64_t damaged_ = 0;
    int damaged_in_a_row_ = 0;
    bool ended_ = false;
    bool gave_any_ = false;
    bool beyond_end_ = false;  // the start lies behind the last frame
};

Status StreamReader::open() {
    decoder_.reset();
    ended_ = false;
    MIEN_LET(demuxer, Demuxer::open(address_, film_.get(), options_));
    demuxer_ = std::move(demuxer);
    const AVStream& stream = demuxer_->stream();
    if (stream.start_time != AV_NOPTS_VALUE && !demuxer_->is_live()) origin_ = stream.start_time;
    recorded_ = demuxer_->is_live() ? std::nullopt : recorded(demuxer_->format());
    maker_.emplace(orientation_of_stream(stream), options_.longest_side, options_.limits);
    return open_decoder();
}

Status StreamReader::open_decoder() {
    if (options_.hardware == Hardware::WhereThere) device_ = find_device(demuxer_->codec());
    decoder_.reset(avcodec_alloc_context3(demuxer_->codec()));
    if (!decoder_) return Error{Fault::Overloaded, "there is not enough memory"};
    if (const int code = avcodec_parameters_to_context(decoder_.get(), demuxer_->stream().codecpar); code < 0)
        return libav::error_of(code, address_.shown);
    decoder_->pkt_timebase = demuxer_->stream().time_base;
    decoder_->max_pixels = static_cast<std::int64_t>(options_.limits.max_pixels);
    decoder_->thread_count = options_.threads;
    // Threads by frame hold as many frames back as there are threads: not for what happens now.
    if (demuxer_->is_live()) decoder_->thread_type = FF_THREAD_SLICE;
    if (options_.decode == DecodeFrames::KeyFrames) decoder_->skip_frame = AVDISCARD_NONKEY;
    if (device_.context) {
        decoder_->hw_device_ctx = av_buffer_ref(device_.context.get());
        decoder_->opaque = &device_.format;
        decoder_->get_format = choose_format;
    }
    const int code = avcodec_open2(decoder_.get(), demuxer_->codec(), nullptr);
    if (code < 0) return libav::error_of(code, address_.shown);
    return {};
}

// Where every packet tells its time, the container is read through once without decoding, which gives each frame its
// number and the key frame to start from. Elsewhere frames are decoded from the beginning and left out.
Status StreamReader::find_start() {
    const bool at_zero =
        options_.start_at.value_or(milliseconds(0)).count() == 0 && options_.start_frame.value_or(0) == 0;
    if (at_zero) return {};
    if (demuxer_->is_live()) return Error{Fault::BadInput, address_.shown + ": a live source has no place to start at"};
    MIEN_LET(times, FrameTimes::read(*demuxer_));
    times_ = std::move(times);
    MIEN_TRY(open());  // from the beginning, whatever reading through has left
    if (times_.empty()) return {};
    if (!origin_) origin_ = times_.at(0);
    const std::int64_t first = first_number();
    if (first >= times_.size()) {
        beyond_end_ = true;
        return {};
    }
    skip_to_ = times_.at(first);
    const auto key = times_.key_before(*skip_to_);
    if (!key) return {};
    if (demuxer_->seek(*key)) {
        MIEN_LET(any, decode());
        if (any && stamp() && *stamp() <= *skip_to_) {
            avcodec_flush_buffers(decoder_.get());
            ended_ = false;
            return demuxer_->seek(*key);
        }
    }
    return open();  // a container that lands behind the frame is decoded from its beginning
}

std::int64_t StreamReader::first_number() const {
    if (!options_.start_at) return options_.start_frame.value_or(0);
    // From a little earlier, since Frame::at is rounded.
    const auto earlier = std::max<std::int64_t>(0, options_.start_at->count() - 1);
    std::int64_t first = times_.number_from(*origin_ + av_rescale_q(earlier, {1, 1000}, demuxer_->stream().time_base));
    while (first < times_.size() && time_of(times_.at(first)) < *options_.start_at) ++first;
    return first;
}

milliseconds StreamReader::time_of(std::int64_t stamp) const {
    return milliseconds(av_rescale_q(stamp - *origin_, demuxer_->stream().time_base, {1, 1000}));
}

std::optional<std::int64_t> StreamReader::stamp() const {
    if (frame_->best_effort_timestamp != AV_NOPTS_VALUE) return frame_->best_effort_timestamp;
    return std::nullopt;
}

Status StreamReader::feed() {
    av_packet_unref(packet_.get());
    auto more = demuxer_->read(*packet_);
    if (!more) return more.error();
    ended_ = !*more;
    // libav hands it on to the frame that the packet shows.
    decoder_->reordered_opaque = wall_now().time_since_epoch().count();
    const int code = avcodec_send_packet(decoder_.get(), ended_ ? nullptr : packet_.get());
    if (code == 0 || code == AVERROR_EOF) return {};
    if (code == AVERROR(ENOMEM)) return libav::error_of(code, address_.shown);
    ++damaged_;
    if (++damaged_in_a_row_ > longest_damage)
        return Error{Fault::Corrupt, address_.shown + ": " + std::to_string(damaged_in_a_row_) +
                                         " packets in a row could not be decoded"};
    return {};
}

// The next decoded frame into frame_; false at the end.
Result<bool> StreamReader::decode() {
    while (true) {
        const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
        if (code == 0) {
            damaged_in_a_row_ = 0;
            return true;
        }
        if (code == AVERROR_EOF || (code == AVERROR(EAGAIN) && ended_)) return false;
        if (code == AVERROR(ENOMEM)) return libav::error_of(code, address_.shown);
        if (code != AVERROR(EAGAIN)) {
            ++damaged_;
            if (++damaged_in_a_row_ > longest_damage || ended_)
                return ended_ ? Result<bool>(false)
                              : Error{Fault::Corrupt, address_.shown + ": its packets can't be decoded"};
        }
        MIEN_TRY(feed());
    }
}

VideoSource::Reader::Step StreamReader::step_of(std::optional<std::int64_t> time) {
    Step step{next_number_};
    if (time) {
        if (!origin_) origin_ = *time;
        if (const auto known = times_.number_of(*time)) step.number = *known;
        step.at = time_of(*time);
    } else {
        const double rate = av_q2d(demuxer_->stream().avg_frame_rate);
        step.at = milliseconds(std::llround(static_cast<double>(step.number) * 1000 / (rate > 0 ? rate : 25)));
    }
    if (demuxer_->is_live())
        step.taken = frame_->reordered_opaque > 0 ? Wall(milliseconds(frame_->reordered_opaque)) : wall_now();
    if (recorded_) step.taken = *recorded_ + step.at;
    next_number_ = step.number + 1;
    return step;
}

Result<std::optional<VideoSource::Reader::Step>> StreamReader::advance() {
    if (beyond_end_) return std::optional<Step>();
    while (true) {
        MIEN_LET(any, decode());
        if (!any) {
            if (!gave_any_)
                return Error{Fault::Corrupt, address_.shown + ": no frame could be decoded, " +
                                                 std::to_string(damaged_) + " packets are damaged"};
            return std::optional<Step>();
        }
        gave_any_ = true;
        const auto time = stamp();
        if (skip_to_ && time && *time < *skip_to_) continue;
        const Step step = step_of(time);
        const bool early = times_.empty() && (step.number < options_.start_frame.value_or(0) ||
                                              step.at < options_.start_at.value_or(milliseconds(0)));
        if (!early) return std::optional<Step>(step);
    }
}

Result<Picture> StreamReader::picture() {
    const AVFrame* frame = frame_.get();
    if (device_.context && frame->format == device_.format) {
        av_frame_unref(shown_frame_.get());
        if (const int code = av_hwframe_transfer_data(shown_frame_.get(), frame, 0); code < 0)
            return libav::error_of(code, address_.shown + ": bringing a frame back from " + device_.name);
        shown_frame_->colorspace = frame->colorspace;
        shown_frame_->color_range = frame->color_range;
        frame = shown_frame_.get();
    }
    auto made = maker_->make(*frame);
    if (!made) return named(made.error());
    return made;
}

VideoInfo StreamReader::info() const {
    const AVStream& stream = demuxer_->stream();
    VideoInfo info{address_.shown, demuxer_->format().iformat->name, demuxer_->codec()->name, device_.name};
    const bool turned = orientation_of_stream(stream) == Orientation::TurnLeft ||
                        orientation_of_stream(stream) == Orientation::TurnRight;
    const Size stored{stream.codecpar->width, stream.codecpar->height};
    if (stored.width > 0 && stored.height > 0)
        info.size = fitted(turned ? Size{stored.height, stored.width} : stored, options_.longest_side);
    info.fps = stream.avg_frame_rate.den > 0 ? av_q2d(stream.avg_frame_rate) : 0;
    info.live = demuxer_->is_live();
    if (info.live) return info;
    const std::int64_t duration = demuxer_->format().duration;  // microseconds
    if (duration != AV_NOPTS_VALUE && duration >= 0) info.length = milliseconds(duration / 1000);
    if (stream.nb_frames > 0) info.frames = stream.nb_frames;
    return info;
}

Result<std::unique_ptr<VideoSource::Reader>> opened(SourceAddress address, std::unique_ptr<libav::Film> film,
                                                    const VideoOptions& options) {
    auto reader = std::make_unique<StreamReader>(std::move(address), std::move(film), options);
    MIEN_TRY(reader->begin());
    return std::unique_ptr<VideoSource::Reader>(std::move(reader));
}

}  // namespace

Result<std::unique_ptr<VideoSource::Reader>> open_stream(const SourceAddress& address, const VideoOptions& options) {
    return opened(address, nullptr, options);
}

Result<std::unique_ptr<VideoSource::Reader>> open_film(Bytes film, const std::string& name,
                                                       const VideoOptions& options) {
    return opened({SourceKind::File, name, name}, std::make_unique<libav::Film>(libav::Film{std::move(film)}), options);
}

}  // namespace mien::media
