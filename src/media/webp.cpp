#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "media/codec.h"

namespace mien::media {
namespace {

Error damaged(const char* why) {
    return Error{Fault::Corrupt, std::string("the WebP picture is damaged or cut off: ") + why};
}

using Demuxer = std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)>;

ByteView exif_of(const WebPDemuxer* demuxer) {
    WebPChunkIterator chunk;
    if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) == 0) return {};
    ByteView exif(chunk.chunk.bytes, chunk.chunk.size);  // lies in the file's bytes
    WebPDemuxReleaseChunkIterator(&chunk);
    constexpr std::size_t head = 6;  // some writers keep JPEG's "Exif", two zeros
    if (exif.size() > head && std::memcmp(exif.data(), "Exif\0", head) == 0) exif = exif.subspan(head);
    return exif;
}

// Decodes one coded frame onto white at its place on the canvas.
Status draw_frame(const WebPIterator& frame, Picture& canvas) {
    if (frame.complete == 0) return damaged("the data ends too early");
    const auto width = static_cast<std::size_t>(frame.width);
    std::vector<std::uint8_t> rgba(width * static_cast<std::size_t>(frame.height) * 4);
    if (WebPDecodeRGBAInto(frame.fragment.bytes, frame.fragment.size, rgba.data(), rgba.size(), frame.width * 4) ==
        nullptr) {
        return damaged("its data can't be decoded");
    }
    for (int y = 0; y < frame.height; ++y) {
        const int row = frame.y_offset + y;
        if (row < 0 || row >= canvas.height() || frame.x_offset < 0 || frame.x_offset + frame.width > canvas.width()) {
            return damaged("a frame lies outside the picture");
        }
        std::uint8_t* to = canvas.row(row) + frame.x_offset * 3;
        const std::uint8_t* from = rgba.data() + static_cast<std::size_t>(y) * width * 4;
        for (std::size_t x = 0; x < width; ++x) {
            const unsigned alpha = from[x * 4 + 3];
            for (std::size_t c = 0; c < 3; ++c)
                to[x * 3 + c] = static_cast<std::uint8_t>((from[x * 4 + c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
    return {};
}

}  // namespace

Result<RawPicture> decode_webp(ByteView bytes, const DecodeLimits& limits) {
    const WebPData data{bytes.data(), bytes.size()};
    const Demuxer demuxer(WebPDemux(&data), WebPDemuxDelete);
    if (!demuxer) return damaged("its structure can't be read");
    const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
    const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
    MIEN_TRY(check_size(width, height, limits));

    WebPIterator frame;
    if (WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) return damaged("it has no frame");
    const std::unique_ptr<WebPIterator, decltype(&WebPDemuxReleaseIterator)> owner(&frame, WebPDemuxReleaseIterator);
    MIEN_LET(picture, Picture::make({static_cast<int>(width), static_cast<int>(height)}));
    RawPicture raw{std::move(picture), exif_of(demuxer.get()), {}};
    std::ranges::fill(raw.picture.pixels(), std::uint8_t{255});
    MIEN_TRY(draw_frame(frame, raw.picture));

    const std::uint32_t flags = WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS);
    if ((flags & ALPHA_FLAG) != 0) raw.notes.emplace_back("transparency laid on white");
    if ((flags & ANIMATION_FLAG) != 0) raw.notes.emplace_back("the first frame of an animation");
    return raw;
}

}  // namespace mien::media
