#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::gallery {

// One picture of a CompreFace database, and whose it is.
struct CompreFacePicture {
    std::string subject{};
    std::string id{};  // of the picture, a UUID
    Bytes picture{};   // as it was uploaded
};

struct CompreFaceSummary {
    std::size_t subjects = 0;
    std::size_t pictures = 0;
    std::size_t without_picture = 0;  // templates of which the database keeps no picture (save_images_to_db=false)
};

// Reads a plain-text dump of CompreFace's database (`pg_dump --data-only`, schema since 0.6: subject, embedding, img)
// and hands over its pictures in the file's order. CompreFace's own templates are left behind: they are of another
// model, and templates of different makers are never compared. `api_key`: only that recognition service's subjects;
// empty: all. Errors: BadInput for what is no such dump; Corrupt naming the line; whatever `take` fails with.
Result<CompreFaceSummary> read_compreface_dump(const std::filesystem::path& file, const std::string& api_key,
                                               const std::function<Status(CompreFacePicture&&)>& take);

// The same of an open dump, which is read twice; `name` stands in messages.
Result<CompreFaceSummary> read_compreface_dump(std::istream& in, const std::string& name, const std::string& api_key,
                                               const std::function<Status(CompreFacePicture&&)>& take);

}  // namespace mien::gallery
