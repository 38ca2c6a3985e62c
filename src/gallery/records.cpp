#include "gallery/records.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace mien::gallery {

namespace {

constexpr std::array<std::string_view, 4> basis_names{"consent", "contract", "law", "test"};

}  // namespace

Time now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string to_text(Time time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text.data();
}

Result<Time> time_from(std::string_view text) {
    using namespace std::chrono;
    int y = 0, hour = 0, minute = 0, second = 0, milli = 0, used = 0;
    unsigned m = 0, d = 0;
    const std::string copy(text);
    const Error wrong{Fault::BadInput, "not a time in UTC like 2026-11-25T03:01:42.123Z: " + copy};
    if (std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ%n", &y, &m, &d, &hour, &minute, &second, &milli,
                    &used) != 7 ||
        used != static_cast<int>(copy.size()))
        return wrong;
    const year_month_day date{year{y}, month{m}, day{d}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60 || hour < 0 || minute < 0 || second < 0 || milli < 0)
        return wrong;
    return Time{sys_days{date}.time_since_epoch() + hours{hour} + minutes{minute} + seconds{second} +
                milliseconds{milli}};
}

Result<std::chrono::days> days_from(std::string_view text) {
    const Error wrong{
        Fault::BadInput,
        "not a period like P90D, P6M or P3Y (days, weeks, months of 30 or years of 365 days): " + std::string(text)};
    if (text.size() < 3 || text.front() != 'P') return wrong;
    int count = 0;
    const auto [end, fault] = std::from_chars(text.data() + 1, text.data() + text.size() - 1, count);
    if (fault != std::errc{} || end != text.data() + text.size() - 1 || count < 1 || count > 36500) return wrong;
    switch (text.back()) {
        case 'D':
            return std::chrono::days{count};
        case 'W':
            return std::chrono::days{count * 7};
        case 'M':
            return std::chrono::days{count * 30};
        case 'Y':
            return count <= 100 ? Result<std::chrono::days>(std::chrono::days{count * 365}) : wrong;
        default:
            return wrong;
    }
}

std::string_view name_of(Basis basis) {
    return basis_names.at(static_cast<std::size_t>(basis));
}

Result<Basis> basis_from(std::string_view name) {
    for (std::size_t i = 0; i < basis_names.size(); ++i)
        if (basis_names.at(i) == name) return static_cast<Basis>(i);
    return Error{Fault::BadInput, "a gallery's basis is consent, contract, law or test, not " + std::string(name)};
}

}  // namespace mien::gallery
