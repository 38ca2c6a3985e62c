#include "image/draw.h"

#include <cairo-ft.h>
#include <cairo.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <memory>
#include <numbers>
#include <optional>

#include "image/font.h"

namespace mien::image {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

// DejaVu Sans from memory. One for the process: cairo keeps glyphs by the face's address, so that a face made anew at
// the same place would get another one's, of other sizes. Cairo locks it while it is in use.
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

// A plate with letters on it; (x, y) is its upper left corner.
void draw_plate(cairo_t* to, const std::string& label, const Colour& colour, double x, double y, double letters) {
    cairo_text_extents_t text{};
    cairo_text_extents(to, label.c_str(), &text);
    const double pad = letters * 0.4;
    const double height = letters * 1.5;
    rounded_rectangle(to,
                      {static_cast<float>(x), static_cast<float>(y), static_cast<float>(text.x_advance + 2 * pad),
                       static_cast<float>(height)},
                      letters * 0.3);
    set(to, colour, 0.92);
    cairo_fill(to);
    cairo_move_to(to, x + pad, y + height / 2 + letters * 0.35);
    set(to, {1, 1, 1}, 1);
    cairo_show_text(to, label.c_str());
}

// Two small lines at the end of the last piece, which show where it goes.
void draw_arrow_head(cairo_t* to, Point from, Point at, double length) {
    const double angle = std::atan2(at.y - from.y, at.x - from.x);
    for (const double side : {-2.6, 2.6}) {
        cairo_move_to(to, at.x, at.y);
        cairo_line_to(to, at.x + length * std::cos(angle + side), at.y + length * std::sin(angle + side));
    }
}

void draw_stroke(cairo_t* to, const Stroke& stroke, double line) {
    if (stroke.points.size() < 2) return;
    cairo_set_line_cap(to, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(to, CAIRO_LINE_JOIN_ROUND);
    for (const Point point : stroke.points) cairo_line_to(to, point.x, point.y);
    if (stroke.end == Stroke::End::Closed) {
        cairo_close_path(to);
        set(to, stroke.colour, 0.12);
        cairo_fill_preserve(to);
    } else if (stroke.end == Stroke::End::Arrow) {
        draw_arrow_head(to, stroke.points[stroke.points.size() - 2], stroke.points.back(), line * 6);
    }
    set(to, {0, 0, 0}, 0.35);
    cairo_set_line_width(to, line * stroke.width * 2);
    cairo_stroke_preserve(to);
    set(to, stroke.colour, 1);
    cairo_set_line_width(to, line * stroke.width);
    cairo_stroke(to);
}

bool meet(const Box& a, const Box& b) {
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

// Where a plate goes: above the box, inside its upper border, inside the lower one, below it; the first of these that
// lies in the picture and on no plate placed before. Where all are taken, the first that lies in the picture.
Box place_for(const Mark& mark, Size size, Size plate, double gap, const std::vector<Box>& taken) {
    const auto width = static_cast<float>(plate.width);
    const auto height = static_cast<float>(plate.height);
    const float x = std::clamp(mark.box.x, 0.0F, std::max(0.0F, static_cast<float>(size.width) - width));
    const float bottom = mark.box.y + mark.box.height;
    const auto off = static_cast<float>(gap);
    std::optional<Box> first;
    for (const float y : {mark.box.y - height - off, mark.box.y + off, bottom - height - off, bottom + off}) {
        const Box place{x, y, width, height};
        if (y < 0 || y + height > static_cast<float>(size.height)) continue;
        if (std::ranges::none_of(taken, [&](const Box& other) { return meet(place, other); })) return place;
        if (!first) first = place;
    }
    return first.value_or(Box{x, std::max(0.0F, mark.box.y) + off, width, height});
}

void draw_label(cairo_t* to, const Mark& mark, Size size, double letters, std::vector<Box>& taken) {
    if (mark.label.empty()) return;
    cairo_set_font_size(to, letters);
    cairo_text_extents_t text{};
    cairo_text_extents(to, mark.label.c_str(), &text);
    const Size plate{static_cast<int>(std::ceil(text.x_advance + letters * 0.8)),
                     static_cast<int>(std::ceil(letters * 1.5))};
    taken.push_back(place_for(mark, size, plate, letters * 0.25, taken));
    draw_plate(to, mark.label, mark.colour, taken.back().x, taken.back().y, letters);
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

Picture draw(const Picture& picture, const std::vector<Mark>& marks, const std::vector<Stroke>& strokes) {
    const Surface surface = to_surface(picture);
    if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS)
        return picture;  // beyond cairo's 32767 pixels a side
    static const Font font;
    const Context to(cairo_create(surface.get()), cairo_destroy);
    if (font.get() != nullptr) cairo_set_font_face(to.get(), font.get());
    const double shorter = std::min(picture.width(), picture.height());
    const double line = std::clamp(shorter / 250, 1.5, 12.0);
    for (const Stroke& stroke : strokes) draw_stroke(to.get(), stroke, line);
    for (const Mark& mark : marks) draw_frame(to.get(), mark, line);
    const double letters = std::max(11.0, shorter / 40);
    cairo_set_font_size(to.get(), letters);
    for (const Stroke& stroke : strokes) {
        if (stroke.label.empty() || stroke.points.empty()) continue;
        const Point at = stroke.points.front();
        cairo_text_extents_t text{};
        cairo_text_extents(to.get(), stroke.label.c_str(), &text);
        const double room = std::max(0.0, picture.width() - text.x_advance - letters);
        draw_plate(to.get(), stroke.label, stroke.colour, std::clamp(double{at.x}, 0.0, room),
                   std::clamp(double{at.y} - letters * 2, 0.0, std::max(0.0, picture.height() - letters * 1.5)),
                   letters);
    }
    std::vector<Box> taken;
    for (const Mark& mark : marks)
        draw_label(to.get(), mark, picture.size(),
                   std::clamp(mark.box.width / 8.0, std::max(11.0, shorter / 60), std::max(14.0, shorter / 22)), taken);
    return to_picture(surface.get(), picture.size());
}

Picture draw_heat(const Picture& picture, const std::vector<double>& values, Size grid) {
    assert(values.size() == static_cast<std::size_t>(grid.width) * static_cast<std::size_t>(grid.height));
    const double most = values.empty() ? 0 : *std::ranges::max_element(values);
    Picture shown = picture;
    if (!(most > 0)) return shown;
    // Between the cells' middles the values go over into one another.
    const auto value_at = [&](int x, int y) {
        const double gx = std::clamp((x + 0.5) * grid.width / picture.width() - 0.5, 0.0, grid.width - 1.0);
        const double gy = std::clamp((y + 0.5) * grid.height / picture.height() - 0.5, 0.0, grid.height - 1.0);
        const int left = static_cast<int>(gx);
        const int top = static_cast<int>(gy);
        const auto cell = [&](int i, int j) {
            return values[static_cast<std::size_t>(std::min(j, grid.height - 1)) *
                              static_cast<std::size_t>(grid.width) +
                          static_cast<std::size_t>(std::min(i, grid.width - 1))];
        };
        const double across = gx - left;
        const double down = gy - top;
        return (cell(left, top) * (1 - across) + cell(left + 1, top) * across) * (1 - down) +
               (cell(left, top + 1) * (1 - across) + cell(left + 1, top + 1) * across) * down;
    };
    constexpr std::array<std::array<double, 3>, 4> colours{
        {{20, 40, 160}, {30, 160, 220}, {250, 220, 60}, {220, 30, 20}}};
    for (int y = 0; y < picture.height(); ++y) {
        std::uint8_t* row = shown.row(y);
        for (int x = 0; x < picture.width(); ++x) {
            const double share = std::sqrt(value_at(x, y) / most);  // few seconds are to be seen, too
            const double place = share * (colours.size() - 1);
            const auto low = std::min(static_cast<std::size_t>(place), colours.size() - 2);
            const double part = place - static_cast<double>(low);
            const double opacity = std::min(0.7, share * 2);
            for (std::size_t c = 0; c < 3; ++c) {
                const double colour = colours[low][c] * (1 - part) + colours[low + 1][c] * part;
                std::uint8_t& pixel = row[x * 3 + static_cast<int>(c)];
                pixel = static_cast<std::uint8_t>(std::lround(pixel * (1 - opacity) + colour * opacity));
            }
        }
    }
    return shown;
}

}  // namespace mien::image
