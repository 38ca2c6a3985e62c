#include "image/font.h"

// MIEN_FONT_FILE is the font's path at build time.
__asm__(
    ".pushsection .rodata\n"
    ".balign 16\n"
    ".global mien_font_begin\n"
    "mien_font_begin:\n"
    ".incbin \"" MIEN_FONT_FILE
    "\"\n"
    ".global mien_font_end\n"
    "mien_font_end:\n"
    ".popsection\n");

extern "C" {
extern const std::uint8_t mien_font_begin[];
extern const std::uint8_t mien_font_end[];
}

namespace mien::image {

std::span<const std::uint8_t> font_bytes() {
    return {mien_font_begin, mien_font_end};
}

}  // namespace mien::image
