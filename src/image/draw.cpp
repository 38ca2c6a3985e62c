#include "image/draw.h"

#include <cairo-ft.h>
#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "image/font.h"

namespace mien::image {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

// DejaVu Sans from memory; its library, face and cairo's view of it live together, for one drawing.
class Font {
public:
    Font() {
        if (FT_Init_FreeType(&library_) != 0) return;
        const auto bytes = font_bytes();
        if (FT_New_Memory_Face(library_, bytes.data(), static_cast<FT_Long>(bytes.size()), 0, &face_) != 0) return;
        cairo_ = cairo_ft_font_face_create_for_ft_face(face_, 0);
    }
    ~Font() {
        if (cairo_ != nullptr) cairo_font_face_destroy(cairo_);
        if (face_ != nullptr) FT_Done_Face(face_);
        if (library_ != nullptr) FT_Done_FreeType(library_);
    }
    Font(const Font&) = delete;
    Font& operator=(const Font&) = delete;
    cairo_font_face_t* get() const { return cairo_; }

private:
    FT_Library library_ = nullptr;
    FT_Face face_ = nullptr;
    cairo_font_face_t* cairo_ = nullptr;
};

void rounded_rectangle(cairo_t* to, const Box& box, double radius) {
    const double r = std::min({radius, box.width / 2.0, box.height / 2.0});
    const double right = box.x + box.width;
    const double bottom = box.y + box.height;
    constexpr double quarter = std::numbers::pi / 2;
    cairo_new_sub_path(to);
    cairo_arc(to, right - r, box.y + r, r, -quarter, 0);
    cairo_arc(to, right - r, bottom - r, r, 0, quarter);
    cairo_arc(to, box.x + r, bottom - r, r, quarter, 2 * quarter);
    cairo_arc(to, box.x + r, box.y + r, r, 2 * quarter, 3 * quarter);
    cairo_close_path(to);
}

void set(cairo_t* to, const Colour& colour, double opacity) {
    cairo_set_source_rgba(to, colour.red, colour.green, colour.blue, opacity);
}

void draw_frame(cairo_t* to, const Mark& mark, double line) {
    rounded_rectangle(to, mark.box, mark.box.width * 0.08);
    set(to, {0, 0, 0}, 0.35);
    cairo_set_line_width(to, line * 2);
    cairo_stroke_preserve(to);
    set(to, mark.colour, 1);
    cairo_set_line_width(to, line);
    cairo_stroke(to);
    for (const Point dot : mark.dots) {
        cairo_arc(to, dot.x, dot.y, std::max(1.5, mark.box.width / 50.0), 0, 2 * std::numbers::pi);
        set(to, {1, 1, 1}, 0.95);
        cairo_fill_preserve(to);
        set(to, mark.colour, 1);
        cairo_set_line_width(to, line / 2);
        cairo_stroke(to);
    }
}

// Above the box where there is room, else inside its upper border; always within the picture.
void draw_label(cairo_t* to, const Mark& mark, Size size, double letters) {
    if (mark.label.empty()) return;
    cairo_set_font_size(to, letters);
    cairo_text_extents_t text{};
    cairo_text_extents(to, mark.label.c_str(), &text);
    const double pad = letters * 0.4;
    const double width = text.x_advance + 2 * pad;
    const double height = letters * 1.5;
    const double x = std::clamp(static_cast<double>(mark.box.x), 0.0, std::max(0.0, size.width - width));
    const double above = mark.box.y - height - letters * 0.25;
    const double y = above >= 0 ? above : std::max(0.0, static_cast<double>(mark.box.y)) + letters * 0.25;
    rounded_rectangle(
        to, {static_cast<float>(x), static_cast<float>(y), static_cast<float>(width), static_cast<float>(height)},
        letters * 0.3);
    set(to, mark.colour, 0.92);
    cairo_fill(to);
    cairo_move_to(to, x + pad, y + height / 2 + letters * 0.35);
    set(to, {1, 1, 1}, 1);
    cairo_show_text(to, mark.label.c_str());
}

Surface to_surface(const Picture& picture) {
    Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture.width(), picture.height()),
                    cairo_surface_destroy);
    if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) return surface;
    std::uint8_t* data = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    for (int y = 0; y < picture.height(); ++y) {
        const std::uint8_t* from = picture.row(y);
        std::uint8_t* to = data + static_cast<std::ptrdiff_t>(y) * stride;
        for (int x = 0; x < picture.width(); ++x) {
            for (int c = 0; c < 3; ++c) to[x * 4 + c] = from[x * 3 + 2 - c];
        }
    }
    cairo_surface_mark_dirty(surface.get());
    return surface;
}

Picture to_picture(cairo_surface_t* surface, Size size) {
    cairo_surface_flush(surface);
    Picture picture(size);
    const std::uint8_t* data = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < size.height; ++y) {
        const std::uint8_t* from = data + static_cast<std::ptrdiff_t>(y) * stride;
        std::uint8_t* to = picture.row(y);
        for (int x = 0; x < size.width; ++x) {
            for (int c = 0; c < 3; ++c) to[x * 3 + c] = from[x * 4 + 2 - c];
        }
    }
    return picture;
}

}  // namespace

Picture draw(const Picture& picture, const std::vector<Mark>& marks) {
    const Surface surface = to_surface(picture);
    if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS)
        return picture;  // beyond cairo's 32767 pixels a side
    const Font font;
    const Context to(cairo_create(surface.get()), cairo_destroy);
    if (font.get() != nullptr) cairo_set_font_face(to.get(), font.get());
    const double shorter = std::min(picture.width(), picture.height());
    const double line = std::clamp(shorter / 250, 1.5, 12.0);
    for (const Mark& mark : marks) draw_frame(to.get(), mark, line);
    for (const Mark& mark : marks)
        draw_label(to.get(), mark, picture.size(),
                   std::clamp(mark.box.width / 8.0, std::max(11.0, shorter / 60), std::max(14.0, shorter / 22)));
    return to_picture(surface.get(), picture.size());
}

}  // namespace mien::image
