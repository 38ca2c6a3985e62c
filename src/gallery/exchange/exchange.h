#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "gallery/store/store.h"

namespace mien::gallery {

// A gallery as text, as contracts/gallery-export.md says. Writes an audit record.
Result<std::string> export_gallery(
    Store& store, const std::string& gallery, const Actor& actor,
    const std::function<void(std::size_t subjects)>& on_progress = [](std::size_t) {});

struct Imported {
    std::string gallery{};
    std::size_t subjects = 0;
    std::size_t samples = 0;
    std::size_t expired = 0;  // subjects left out, since their time is over
};

// Makes a gallery of an export, under another name if one is given. All or nothing: on an error the gallery is removed
// again. Errors: Corrupt naming the line; Conflict when the name is taken.
Result<Imported> import_gallery(Store& store, std::string_view text, const std::string& name, const Actor& actor);

// The export's line of one subject, and back. Errors: Corrupt.
std::string subject_line(const SubjectInfo& subject, const std::vector<NewSample>& samples);
Result<Enrolment> enrolment_from(std::string_view line);

}  // namespace mien::gallery
