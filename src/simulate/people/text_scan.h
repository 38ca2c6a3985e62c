#pragma once

#include <charconv>
#include <cmath>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mien::simulate {

// The next line of `rest`, which loses it; without its end.
inline std::string_view next_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

// The next word of `line`, which loses it; empty at the end.
inline std::string_view next_word(std::string_view& line) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == line.npos) return line = {};
    line.remove_prefix(begin);
    const std::size_t end = line.find_first_of(" \t");
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == line.npos ? line.size() : end);
    return word;
}

// 0 where the word is no number, or no finite one below a million: the callers check indices against what they point
// into, and no body is that large.
template <class Number>
Number number_of(std::string_view word) {
    Number value{};
    std::from_chars(word.data(), word.data() + word.size(), value);
    if constexpr (std::is_floating_point_v<Number>) {
        if (!(std::abs(value) < Number{1e6})) return 0;
    }
    return value;
}

}  // namespace mien::simulate
