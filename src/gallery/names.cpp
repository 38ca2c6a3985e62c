#include "gallery/names.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace mien::gallery {
namespace {

enum class Kind { Plain, Control, NoUtf8 };

struct Character {
    Kind kind = Kind::NoUtf8;
    std::size_t length = 1;  // bytes
};

// The first character of a text that is not empty, by the table of well-formed sequences in the Unicode standard
// (chapter 3, table 3-7): no overlong forms, no surrogates, nothing beyond U+10FFFF.
Character first_of(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead < 0x20 || lead == 0x7f ? Kind::Control : Kind::Plain, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return {};
    const unsigned second = byte(1);
    const bool well_formed = !(lead == 0xe0 && second < 0xa0) && !(lead == 0xed && second > 0x9f) &&
                             !(lead == 0xf0 && second < 0x90) && !(lead == 0xf4 && second > 0x8f);
    if (!well_formed) return {};
    return {lead == 0xc2 && second < 0xa0 ? Kind::Control : Kind::Plain, length};
}

Status check(std::string_view name, std::string_view what) {
    for (std::size_t at = 0; at < name.size();) {
        const Character character = first_of(name.substr(at));
        if (character.kind != Kind::Plain) {
            std::array<char, 8> code{};
            std::snprintf(code.data(), code.size(), "0x%02X", static_cast<unsigned char>(name[at]));
            return Error{Fault::BadInput,
                         std::string(what) +
                             (character.kind == Kind::Control ? "'s name must not hold control characters"
                                                              : "'s name is no UTF-8") +
                             ": byte " + std::to_string(at + 1) + " of '" + readable_name(name) + "' is " +
                             code.data()};
        }
        at += character.length;
    }
    return {};
}

}  // namespace

Status check_gallery_name(std::string_view name) {
    const bool plain = !name.empty() && name.size() <= 100 && name.front() != '-' && name.front() != '.' &&
                       name.find('/') == std::string_view::npos;
    if (!plain)
        return Error{Fault::BadInput,
                     "a gallery's name has 1 to 100 bytes, no slash, and does not begin with a dash or a dot: '" +
                         readable_name(name.substr(0, 100)) + "'"};
    return check(name, "a gallery");
}

Status check_subject_name(std::string_view name) {
    if (name.empty() || name.size() > 500) return Error{Fault::BadInput, "a subject's name has 1 to 500 bytes"};
    return check(name, "a subject");
}

std::string readable_name(std::string_view name) {
    std::string readable;
    for (std::size_t at = 0; at < name.size();) {
        const Character character = first_of(name.substr(at));
        if (character.kind == Kind::Plain)
            readable += name.substr(at, character.length);
        else
            readable += "\xef\xbf\xbd";
        at += character.length;
    }
    return readable;
}

}  // namespace mien::gallery
