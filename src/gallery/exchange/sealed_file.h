#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::gallery {

// Text sealed with a passphrase, as contracts/gallery-export.md says.
// Errors: BadInput for an empty passphrase; Unavailable when memory for its key lacks.
Result<Bytes> seal_with_passphrase(std::string_view text, const std::string& passphrase);

bool is_sealed_file(ByteView bytes);

// Errors: Corrupt when the bytes were changed or cut off, or the passphrase is another one.
Result<std::string> open_with_passphrase(ByteView sealed, const std::string& passphrase);

}  // namespace mien::gallery
