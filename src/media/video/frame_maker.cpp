#include "media/video/frame_maker.h"

#include <array>

#include "media/codec.h"
#include "media/video/reader.h"

namespace mien::media {
namespace {

// libav's old full-range formats are the plain ones with a range flag; swscale complains about them otherwise.
struct Plain {
    AVPixelFormat format;
    bool full_range;
};
Plain plain(const AVFrame& frame) {
    const bool full = frame.color_range == AVCOL_RANGE_JPEG;
    const auto format = static_cast<AVPixelFormat>(frame.format);
    if (format == AV_PIX_FMT_YUVJ420P) return {AV_PIX_FMT_YUV420P, true};
    if (format == AV_PIX_FMT_YUVJ422P) return {AV_PIX_FMT_YUV422P, true};
    if (format == AV_PIX_FMT_YUVJ444P) return {AV_PIX_FMT_YUV444P, true};
    if (format == AV_PIX_FMT_YUVJ440P) return {AV_PIX_FMT_YUV440P, true};
    return {format, full};
}

// BT.601 where a stream doesn't tell, as is usual below high definition; BT.709 from 720 rows on (ITU-R BT.709).
int matrix_of(const AVFrame& frame) {
    if (frame.colorspace == AVCOL_SPC_UNSPECIFIED) return frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    return static_cast<int>(frame.colorspace);
}

}  // namespace

Status FrameMaker::prepare(const AVFrame& frame, Size target) {
    const Plain source = plain(frame);
    const bool scaled = target.width != frame.width || target.height != frame.height;
    // Unscaled, this flag takes swscale's direct conversion; scaled, its triangle filter widens with the reduction.
    const int filter = scaled ? SWS_BILINEAR : SWS_FAST_BILINEAR;
    SwsContext* scaler = sws_getCachedContext(scaler_.release(), frame.width, frame.height, source.format, target.width,
                                              target.height, AV_PIX_FMT_RGB24, filter, nullptr, nullptr, nullptr);
    scaler_.reset(scaler);
    if (scaler == nullptr) return Error{Fault::Unsupported, "frames of this pixel format can't be converted to RGB"};
    constexpr int neutral = 1 << 16;  // of contrast and saturation, as swscale counts
    sws_setColorspaceDetails(scaler, sws_getCoefficients(matrix_of(frame)), source.full_range ? 1 : 0,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, neutral, neutral);
    return {};
}

Result<Picture> FrameMaker::make(const AVFrame& frame) {
    MIEN_TRY(check_size(static_cast<std::uint64_t>(std::max(0, frame.width)),
                        static_cast<std::uint64_t>(std::max(0, frame.height)), limits_));
    const Size target = fitted({frame.width, frame.height}, longest_side_);
    MIEN_TRY(prepare(frame, target));
    Picture picture(target);
    const std::array<std::uint8_t*, 4> rows{picture.row(0), nullptr, nullptr, nullptr};
    const std::array<int, 4> strides{target.width * 3, 0, 0, 0};
    const int made = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rows.data(), strides.data());
    if (made != target.height) return Error{Fault::Corrupt, "a frame could not be converted to RGB"};
    if (orientation_ == Orientation::Upright) return picture;
    return upright(std::move(picture), orientation_);
}

}  // namespace mien::media
