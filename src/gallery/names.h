#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mien::gallery {

// Names of galleries and subjects are UTF-8 without control characters (Unicode's category Cc), so that they stand in
// one line of a terminal, a log or a file and can be typed again. Pure.
// Errors: BadInput, saying what is wrong and where.

// 1 to 100 bytes, no slash, and no dash or dot in front (it names files and follows options).
Status check_gallery_name(std::string_view name);

// 1 to 500 bytes.
Status check_subject_name(std::string_view name);

// The name with every control character and every byte that is no UTF-8 replaced by U+FFFD: for names that were kept
// before these rules were.
std::string readable_name(std::string_view name);

}  // namespace mien::gallery
