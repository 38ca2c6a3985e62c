#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gallery/exchange/secret_text.h"
#include "gallery/store/store.h"

namespace mien::gallery {

struct Exported {
    std::size_t subjects = 0;
    std::size_t merges = 0;
    std::size_t operating_points = 0;
};

// A gallery as text, as contracts/gallery-export.md says: what the store holds at this moment, whatever is written
// meanwhile. Line by line to `write`; at most one subject is kept in memory, and wiped after. Writes an audit record
// when all is written. Errors: those of the store and of `write`.
Result<Exported> export_gallery(
    Store& store, const std::string& gallery, const Actor& actor,
    const std::function<Status(std::string_view line)>& write,
    const std::function<void(std::size_t subjects)>& on_progress = [](std::size_t) {});

struct Imported {
    std::string gallery{};
    std::size_t subjects = 0;
    std::size_t samples = 0;
    std::size_t expired = 0;  // subjects left out, since their time is over
    std::size_t merges = 0;
    std::size_t rejections = 0;
    std::size_t operating_points = 0;
};

// Hands over an export's lines in order, without their ends.
using EachLine = std::function<Status(const std::function<Status(std::string_view line)>& take)>;

// What is known of an export after it was read once: all but its subjects themselves.
struct CheckedExport {
    NewGallery gallery{};
    std::vector<std::int64_t> ids{};  // of its subjects, in its order, rising
    std::vector<bool> left_out{};     // those whose time is over, and who counts as one of them
    std::vector<Merge> merges{};      // of subjects that are not left out, by the export's ids
    std::vector<PastOperatingPoint> points{};
};

// Reads and checks every line of an export of this or an earlier version; makes nothing.
// Errors: Corrupt naming the line; Unsupported for a later version; BadInput.
Result<CheckedExport> check_export(const EachLine& lines);

// Makes a gallery of a checked export, which is read a second time; under another name if one is given. On an error
// the gallery is removed again. Memory: one batch of subjects, and about 9 bytes for each subject of the export.
// Errors: Corrupt naming the line; Conflict when the name is taken; those of the store.
Result<Imported> import_gallery(Store& store, const CheckedExport& checked, const EachLine& lines,
                                const std::string& name, const Actor& actor);

// Cuts text that comes in parts into lines. Errors of finish(): Corrupt when the last line has no end.
// Thread rule: one owner.
class LineCutter {
public:
    static constexpr std::size_t longest = std::size_t{1} << 30;  // one subject with all pictures; Corrupt beyond
    Status add(std::string_view part, const std::function<Status(std::string_view line)>& take);
    Status finish() const;

private:
    SecretText begun_{};
};

// A subject of an export, and the number by which merges name it. Errors: Corrupt.
struct ExportedSubject {
    std::optional<std::int64_t> id{};  // none in version 1
    Enrolment person{};
};
Result<ExportedSubject> subject_from(std::string_view line);

}  // namespace mien::gallery
