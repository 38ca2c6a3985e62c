#include <png.h>

#include <csetjmp>
#include <memory>
#include <string>

#include "media/codec.h"

namespace mien::media {
namespace {

// libpng leaves by longjmp: everything that must survive it lives here, and nothing with a destructor in the frames it
// skips.
struct Session {
    png_structp codec = nullptr;
    png_infop info = nullptr;
    ByteView rest{};
    std::string message{};
    png_uint_32 width = 0;
    png_uint_32 height = 0;
    int depth = 0;
    int colour = 0;
    bool transparent = false;

    Session() = default;
    ~Session() { png_destroy_read_struct(&codec, &info, nullptr); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
};

using Owned = std::unique_ptr<Session>;

[[noreturn]] void on_error(png_structp codec, png_const_charp message) {
    static_cast<Session*>(png_get_error_ptr(codec))->message = message;
    png_longjmp(codec, 1);
}
void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp codec, png_bytep to, png_size_t count) {
    auto& session = *static_cast<Session*>(png_get_io_ptr(codec));
    if (count > session.rest.size()) png_error(codec, "the data ends too early");
    std::copy_n(session.rest.begin(), count, to);
    session.rest = session.rest.subspan(count);
}

Owned start(ByteView bytes) {
    Owned session = std::make_unique<Session>();
    session->rest = bytes;
    session->codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, session.get(), on_error, on_warning);
    if (session->codec == nullptr) return session;
    session->info = png_create_info_struct(session->codec);
    return session;
}

bool read_header(Session& session) {
    if (setjmp(png_jmpbuf(session.codec)) != 0) return false;
    constexpr png_uint_32 most_chunks = 1000;
    constexpr png_alloc_size_t largest_chunk = 8 << 20;  // text and profiles may inflate
    png_set_chunk_cache_max(session.codec, most_chunks);
    png_set_chunk_malloc_max(session.codec, largest_chunk);
    png_set_user_limits(session.codec, Picture::longest_side, Picture::longest_side);
    png_set_read_fn(session.codec, &session, on_read);
    png_read_info(session.codec, session.info);
    png_get_IHDR(session.codec, session.info, &session.width, &session.height, &session.depth, &session.colour, nullptr,
                 nullptr, nullptr);
    return true;
}

// Asks libpng for 8 bits, red green blue, transparency laid on white.
bool ask_for_rgb(Session& session) {
    if (setjmp(png_jmpbuf(session.codec)) != 0) return false;
    const bool keyed = png_get_valid(session.codec, session.info, PNG_INFO_tRNS) != 0;
    session.transparent = keyed || (session.colour & PNG_COLOR_MASK_ALPHA) != 0;
    if (session.depth == 16) png_set_scale_16(session.codec);
    png_set_expand(session.codec);
    if ((session.colour & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(session.codec);
    if (session.transparent) png_set_add_alpha(session.codec, 0xff, PNG_FILLER_AFTER);
    png_set_interlace_handling(session.codec);
    png_read_update_info(session.codec, session.info);
    return true;
}

bool read_rows(Session& session, png_bytepp rows) {
    if (setjmp(png_jmpbuf(session.codec)) != 0) return false;
    png_read_image(session.codec, rows);
    png_read_end(session.codec, session.info);
    return true;
}

Error failure_of(const Session& session) {
    return Error{Fault::Corrupt, "the PNG picture is damaged or cut off: " + session.message};
}

// APNG: acTL before the first IDAT gives the number of frames; libpng shows the first one.
bool animated(ByteView bytes) {
    constexpr std::string_view mark = "acTL";
    const auto head = bytes.first(std::min<std::size_t>(bytes.size(), 4096));
    return std::search(head.begin(), head.end(), mark.begin(), mark.end()) != head.end();
}

// EXIF in a chunk of its own, wherever it stands in the file.
ByteView exif_of(const Session& session, ByteView bytes) {
    png_uint_32 size = 0;
    png_bytep data = nullptr;
    if (png_get_eXIf_1(session.codec, session.info, &size, &data) == 0 || size == 0) return {};
    const ByteView chunk(data, size);
    const auto found = std::search(bytes.begin(), bytes.end(), chunk.begin(), chunk.end());
    if (found == bytes.end()) return {};
    return bytes.subspan(static_cast<std::size_t>(found - bytes.begin()), size);
}

void lay_on_white(std::span<const std::uint8_t> rgba, Picture& picture) {
    const std::span<std::uint8_t> to = picture.pixels();
    for (std::size_t i = 0; i < to.size() / 3; ++i) {
        const unsigned alpha = rgba[i * 4 + 3];
        for (std::size_t c = 0; c < 3; ++c)
            to[i * 3 + c] = static_cast<std::uint8_t>((rgba[i * 4 + c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}

std::vector<png_bytep> rows_of(std::uint8_t* first, std::size_t stride, std::size_t count) {
    std::vector<png_bytep> rows(count);
    for (std::size_t i = 0; i < count; ++i) rows[i] = first + i * stride;
    return rows;
}

}  // namespace

Result<RawPicture> decode_png(ByteView bytes, const DecodeLimits& limits) {
    const Owned session = start(bytes);
    if (session->info == nullptr) return Error{Fault::Overloaded, "there is not enough memory for this picture"};
    if (!read_header(*session)) return failure_of(*session);
    MIEN_TRY(check_size(session->width, session->height, limits));
    MIEN_LET(picture, Picture::make({static_cast<int>(session->width), static_cast<int>(session->height)}));
    RawPicture raw{std::move(picture), {}, {}};
    if (!ask_for_rgb(*session)) return failure_of(*session);

    const std::size_t width = session->width;
    const std::size_t height = session->height;
    if (session->transparent) {
        std::vector<std::uint8_t> rgba(width * height * 4);
        auto rows = rows_of(rgba.data(), width * 4, height);
        if (!read_rows(*session, rows.data())) return failure_of(*session);
        lay_on_white(rgba, raw.picture);
        raw.notes.emplace_back("transparency laid on white");
    } else {
        auto rows = rows_of(raw.picture.row(0), width * 3, height);
        if (!read_rows(*session, rows.data())) return failure_of(*session);
    }
    raw.exif = exif_of(*session, bytes);
    if (session->depth == 16) raw.notes.emplace_back("16 bits a channel reduced to 8");
    if ((session->colour & PNG_COLOR_MASK_COLOR) == 0) raw.notes.emplace_back("grey picture");
    if (animated(bytes)) raw.notes.emplace_back("the first frame of an animation");
    return raw;
}

}  // namespace mien::media
