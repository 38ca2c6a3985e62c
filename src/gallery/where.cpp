#include "gallery/where.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "gallery/keys/key.h"

namespace mien::gallery {
namespace {

using Json = nlohmann::ordered_json;
using Compare = Condition::Compare;

std::optional<double> number_in(std::string_view text) {
    double value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

template <class Ordered>
bool in_order(Compare compare, const Ordered& a, const Ordered& b) {
    switch (compare) {
        case Compare::Less:
            return a < b;
        case Compare::AtMost:
            return a <= b;
        case Compare::Greater:
            return a > b;
        case Compare::AtLeast:
            return a >= b;
        case Compare::Equal:
        case Compare::NotEqual:
            return false;
    }
    return false;
}

// Spans count by their beginning, against the end of the other where that one is to be passed or reached.
bool in_order(Compare compare, const Span& a, const Span& b) {
    switch (compare) {
        case Compare::Less:
            return a.from < b.from;
        case Compare::AtMost:
            return a.from < b.before;
        case Compare::Greater:
            return a.from >= b.before;
        case Compare::AtLeast:
            return a.from >= b.from;
        case Compare::Equal:
        case Compare::NotEqual:
            return false;
    }
    return false;
}

// Reads exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char sign) {
    if (text.empty() || text.front() != sign) return false;
    text.remove_prefix(1);
    return true;
}

// "Z", "+01:00", "-0530" or nothing, to the end.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (text.empty() || text == "Z") {
        text = {};
        return std::chrono::minutes{0};
    }
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_number(text, 2);
    take(text, ':');
    const auto minutes = take_number(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59 || !text.empty()) return std::nullopt;
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

// Time of day with its exactness, and the offset; `text` begins after the T.
std::optional<Span> span_of_day(std::string_view text, std::chrono::sys_days day) {
    using namespace std::chrono;
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    milliseconds at = hours{*hour} + minutes{*minute};
    milliseconds exact = minutes{1};
    if (take(text, ':')) {
        const auto second = take_number(text, 2);
        if (!second || *second > 59) return std::nullopt;
        at += seconds{*second};
        exact = seconds{1};
        if (take(text, '.')) {
            const auto milli = take_number(text, 3);
            if (!milli) return std::nullopt;
            at += milliseconds{*milli};
            exact = milliseconds{1};
        }
    }
    const auto offset = take_offset(text);
    if (!offset) return std::nullopt;
    const Time from = Time{day.time_since_epoch() + at - *offset};
    return Span{from, from + exact};
}

std::optional<Span> span_in(std::string_view text) {
    using namespace std::chrono;
    const auto y = take_number(text, 4);
    if (!y || !take(text, '-')) return std::nullopt;
    const auto m = take_number(text, 2);
    if (!m || !take(text, '-')) return std::nullopt;
    const auto d = take_number(text, 2);
    if (!d) return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    if (text.empty()) return Span{Time{sys_days{date}}, Time{sys_days{date} + days{1}}};
    if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
    return span_of_day(text, sys_days{date});
}

}  // namespace

Result<Span> span_from(std::string_view text) {
    const auto span = span_in(text);
    if (!span)
        return Error{Fault::BadInput, "not a time like 2026-11-25 or 2026-11-25T03:01Z: '" + std::string(text) + "'"};
    return *span;
}

Result<Condition> condition_from(std::string_view text) {
    const auto at = text.find_first_of("=!<>");
    const bool two = at != std::string_view::npos && at + 1 < text.size() && text[at] != '=' && text[at + 1] == '=';
    if (at == std::string_view::npos || at == 0 || (text[at] == '!' && !two))
        return Error{Fault::BadInput, "not a condition like team=red, team!=red, age<30 or joined>=2026-01-01: '" +
                                          std::string(text) + "'"};
    Condition condition{.key = std::string(text.substr(0, at)), .value = std::string(text.substr(at + (two ? 2 : 1)))};
    switch (text[at]) {
        case '=':
            return condition;
        case '!':
            condition.compare = Compare::NotEqual;
            return condition;
        case '<':
            condition.compare = two ? Compare::AtMost : Compare::Less;
            break;
        default:
            condition.compare = two ? Compare::AtLeast : Compare::Greater;
            break;
    }
    if (!number_in(condition.value) && !span_in(condition.value))
        return Error{Fault::BadInput, "'" + std::string(text) + "' compares with what is neither a number nor a date"};
    return condition;
}

Facts::Facts(SubjectKind kind, std::string_view metadata) : kind_(kind) {
    if (metadata.empty()) return;
    const Json json = Json::parse(metadata, nullptr, false);
    if (json.is_object()) add({}, &json);
}

void Facts::add(std::string key, const void* given) {
    const Json& json = *static_cast<const Json*>(given);
    if (json.is_object()) {
        for (const auto& [name, value] : json.items()) add(key.empty() ? name : key + '.' + name, &value);
    } else if (json.is_array()) {
        for (const Json& value : json) add(key, &value);
    } else {
        entries_.push_back(
            {std::move(key), json.is_string() ? json.get<std::string>() : json.dump(), json.is_number()});
    }
}

void Facts::wipe() {
    for (Entry& entry : entries_)
        mien::gallery::wipe({reinterpret_cast<std::uint8_t*>(entry.value.data()), entry.value.size()});
}

Facts::~Facts() {
    wipe();
}

Facts& Facts::operator=(Facts&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    kind_ = other.kind_;
    entries_ = std::move(other.entries_);
    return *this;
}

bool Facts::hold(const Condition& condition) const {
    const bool wants_equal = condition.compare == Compare::Equal || condition.compare == Compare::NotEqual;
    const auto number = number_in(condition.value);
    const Span span = wants_equal || number ? Span{} : span_in(condition.value).value_or(Span{});
    const auto holds = [&](const Entry& entry) {
        if (entry.key != condition.key) return false;
        if (wants_equal) return entry.value == condition.value || (entry.is_number && number == number_in(entry.value));
        if (number) {
            const auto own = number_in(entry.value);
            return own && in_order(condition.compare, *own, *number);
        }
        const auto own = span_in(entry.value);
        return own && in_order(condition.compare, *own, span);
    };
    const bool any = std::ranges::any_of(entries_, holds);
    return condition.compare == Compare::NotEqual ? !any : any;
}

bool Facts::has_tag(std::string_view tag) const {
    return std::ranges::any_of(entries_, [&](const Entry& e) { return e.key == "tags" && e.value == tag; });
}

bool Where::lets_through(const Facts& facts) const {
    return (!kind || *kind == facts.kind()) &&
           std::ranges::all_of(tags, [&](const std::string& tag) { return facts.has_tag(tag); }) &&
           std::ranges::all_of(conditions, [&](const Condition& condition) { return facts.hold(condition); });
}

}  // namespace mien::gallery
