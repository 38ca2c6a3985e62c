// jpeglib.h needs stdio.h before it.
#include <cstdio>
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>
#include <memory>
#include <optional>

#include "media/codec.h"

namespace mien::media {
namespace {

constexpr int most_scans = 200;  // a progressive file may ask for thousands of passes over a huge picture

// libjpeg leaves by longjmp: everything that must survive it lives here, and nothing with a destructor in the frames it
// skips.
struct Session {
    jpeg_decompress_struct codec{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf leave{};
    char message[JMSG_LENGTH_MAX] = {};
    bool damaged = false;  // a warning that means missing or broken data
    bool too_many_scans = false;

    Session() = default;
    ~Session() { jpeg_destroy_decompress(&codec); }  // does nothing to a codec that was never made
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
};

Session& session_of(j_common_ptr codec) {
    return *static_cast<Session*>(codec->client_data);
}

[[noreturn]] void on_error(j_common_ptr codec) {
    Session& session = session_of(codec);
    codec->err->format_message(codec, session.message);
    std::longjmp(session.leave, 1);
}

void on_message(j_common_ptr codec, int level) {
    if (level >= 0) return;
    Session& session = session_of(codec);
    if (!session.damaged) codec->err->format_message(codec, session.message);
    session.damaged = true;
}

void on_progress(j_common_ptr codec) {
    Session& session = session_of(codec);
    if (session.codec.input_scan_number <= most_scans) return;
    session.too_many_scans = true;
    std::longjmp(session.leave, 1);
}

void on_output(j_common_ptr) {}

using Owned = std::unique_ptr<Session>;

Owned start(ByteView bytes) {
    Owned session = std::make_unique<Session>();
    session->codec.err = jpeg_std_error(&session->errors);
    session->errors.error_exit = on_error;
    session->errors.emit_message = on_message;
    session->errors.output_message = on_output;
    session->codec.client_data = session.get();
    if (setjmp(session->leave) != 0) return session;
    jpeg_create_decompress(&session->codec);
    session->codec.client_data = session.get();
    session->progress.progress_monitor = on_progress;
    session->codec.progress = &session->progress;
    jpeg_mem_src(&session->codec, bytes.data(), static_cast<unsigned long>(bytes.size()));
    constexpr unsigned int kept = 0xffff;
    jpeg_save_markers(&session->codec, JPEG_APP0 + 1, kept);
    return session;
}

bool read_header(Session& session) {
    if (setjmp(session.leave) != 0) return false;
    return jpeg_read_header(&session.codec, TRUE) == JPEG_HEADER_OK;
}

bool is_cmyk(const Session& session) {
    return session.codec.jpeg_color_space == JCS_CMYK || session.codec.jpeg_color_space == JCS_YCCK;
}

bool begin(Session& session) {
    if (setjmp(session.leave) != 0) return false;
    session.codec.out_color_space = is_cmyk(session) ? JCS_CMYK : JCS_RGB;
    session.codec.dct_method = JDCT_ISLOW;
    return jpeg_start_decompress(&session.codec) != FALSE;
}

// Rows straight into the picture's memory.
bool read_rows(Session& session, std::uint8_t* first, std::size_t stride) {
    if (setjmp(session.leave) != 0) return false;
    while (session.codec.output_scanline < session.codec.output_height) {
        JSAMPROW row = first + session.codec.output_scanline * stride;
        jpeg_read_scanlines(&session.codec, &row, 1);
    }
    return true;
}

bool finish(Session& session) {
    if (setjmp(session.leave) != 0) return false;
    return jpeg_finish_decompress(&session.codec) != FALSE;
}

Error failure_of(const Session& session) {
    if (session.too_many_scans)
        return Error{Fault::BadInput, "the JPEG picture has more than " + std::to_string(most_scans) + " passes"};
    return Error{Fault::Corrupt, std::string("the JPEG picture is damaged or cut off: ") + session.message};
}

ByteView exif_of(const Session& session, ByteView bytes) {
    constexpr std::size_t head = 6;  // "Exif", two zeros
    for (const jpeg_marker_struct* m = session.codec.marker_list; m != nullptr; m = m->next) {
        if (m->data_length <= head || std::memcmp(m->data, "Exif\0", head) != 0) continue;
        // The saved marker dies with the session: find the same bytes in the file, which the caller keeps.
        const ByteView marker(m->data, m->data_length);
        const auto found = std::search(bytes.begin(), bytes.end(), marker.begin(), marker.end());
        if (found == bytes.end()) return {};
        return bytes.subspan(static_cast<std::size_t>(found - bytes.begin()) + head, marker.size() - head);
    }
    return {};
}

// Photoshop stores ink inverted (0 is full ink) and marks that with an Adobe segment.
void to_rgb(const std::vector<std::uint8_t>& inks, bool inverted, Picture& picture) {
    const std::span<std::uint8_t> to = picture.pixels();
    for (std::size_t i = 0; i < to.size() / 3; ++i) {
        const auto light = [&](std::size_t c) { return inverted ? inks[i * 4 + c] : 255 - inks[i * 4 + c]; };
        for (std::size_t c = 0; c < 3; ++c)
            to[i * 3 + c] = static_cast<std::uint8_t>((light(c) * light(3) + 127) / 255);
    }
}

}  // namespace

Result<RawPicture> decode_jpeg(ByteView bytes, const DecodeLimits& limits) {
    const Owned session = start(bytes);
    if (!read_header(*session)) return failure_of(*session);
    MIEN_TRY(check_size(session->codec.image_width, session->codec.image_height, limits));
    MIEN_LET(picture, Picture::make({static_cast<int>(session->codec.image_width),
                                     static_cast<int>(session->codec.image_height)}));
    RawPicture raw{std::move(picture), exif_of(*session, bytes), {}};
    if (!begin(*session)) return failure_of(*session);

    const auto width = static_cast<std::size_t>(raw.picture.width());
    if (is_cmyk(*session)) {
        std::vector<std::uint8_t> inks(width * static_cast<std::size_t>(raw.picture.height()) * 4);
        if (!read_rows(*session, inks.data(), width * 4)) return failure_of(*session);
        to_rgb(inks, session->codec.saw_Adobe_marker != FALSE, raw.picture);
        raw.notes.emplace_back("CMYK converted to RGB without a colour profile");
    } else if (!read_rows(*session, raw.picture.row(0), width * 3)) {
        return failure_of(*session);
    }
    // A cut-off file gives grey rows and a warning: that is not a picture to measure faces in.
    if (!finish(*session) || session->damaged) return failure_of(*session);
    if (session->codec.num_components == 1) raw.notes.emplace_back("grey picture");
    return raw;
}

}  // namespace mien::media
