#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mien {

std::vector<std::string> split(std::string_view text, char at);
std::string join(std::span<const std::string> parts, std::string_view between);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);  // ASCII

// "12.3 MB": decimal units, as disks and networks are sold.
std::string human_bytes(double bytes);

// Base64 with padding (RFC 4648), without line breaks. Errors: Corrupt.
std::string encode_base64(std::string_view bytes);
Result<std::string> decode_base64(std::string_view text);

// The candidate nearest in edit distance, or an empty string when none is close: "did you mean …?".
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace mien
