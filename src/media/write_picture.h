#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"
#include "types/picture.h"

namespace mien::media {

// quality: 1..100
Result<Bytes> encode_jpeg(const Picture& picture, int quality = 92);
Result<Bytes> encode_png(const Picture& picture);

// By the file's ending: .jpg, .jpeg or .png. Errors: BadInput for another ending; Unavailable when the disk refuses.
Status write_picture(const Picture& picture, const std::filesystem::path& file);

}  // namespace mien::media
