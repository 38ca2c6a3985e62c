#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gallery/records.h"

namespace mien::gallery {

// A moment as exact as it was written: "2026-11-25" is the whole day, "2026-11-25T03:01Z" the minute.
struct Span {
    Time from{};
    Time before{};  // the first moment after it
};

// ISO 8601: a date, or date and time to the minute, second or millisecond; then Z or an offset such as +01:00; without
// one it is UTC. Errors: BadInput.
Result<Span> span_from(std::string_view text);

// One condition on a subject's metadata.
struct Condition {
    enum class Compare { Equal, NotEqual, Less, AtMost, Greater, AtLeast };
    std::string key{};  // a member of the metadata; inner ones by dots: "address.city"
    Compare compare = Compare::Equal;
    std::string value{};
};

// "team=red", "team!=red", "age<30", "joined>=2026-01-01" (also <= and >). Errors: BadInput without a key or a sign, or
// for an order with a value that is neither number nor date.
Result<Condition> condition_from(std::string_view text);

// What searches know of a subject beside its templates: its kind and its metadata's members, one entry a value (a list
// gives several of one key), inner objects by dots. Wiped when it goes.
class Facts {
public:
    Facts() = default;
    // `metadata`: a JSON object, or empty; anything else gives no members.
    Facts(SubjectKind kind, std::string_view metadata);
    Facts(Facts&&) noexcept = default;
    Facts& operator=(Facts&& other) noexcept;
    Facts(const Facts&) = delete;
    Facts& operator=(const Facts&) = delete;
    ~Facts();

    SubjectKind kind() const { return kind_; }

    // Equal: a value of the key is the same text, or the same number where the metadata have a number. NotEqual: no
    // value is, also where the key is missing. The orders compare numbers with numbers and dates with dates, and hold
    // for nothing else.
    bool hold(const Condition& condition) const;
    bool has_tag(std::string_view tag) const;  // whether the metadata's list "tags" holds it

private:
    struct Entry {
        std::string key{};
        std::string value{};
        bool is_number = false;
    };
    void add(std::string key, const void* json);
    void wipe();
    SubjectKind kind_ = SubjectKind::Known;
    std::vector<Entry> entries_{};
};

// Whom a search may find, by what is known of them; all of it must hold.
struct Where {
    std::vector<Condition> conditions{};
    std::vector<std::string> tags{};
    std::optional<SubjectKind> kind{};  // none: both

    bool asks() const { return kind || !conditions.empty() || !tags.empty(); }
    bool lets_through(const Facts& facts) const;
};

}  // namespace mien::gallery
