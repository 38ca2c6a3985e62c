#pragma once

#include <map>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::inference {

struct ZipEntry {
    ByteView bytes{};    // inside the archive
    bool stored = true;  // false: compressed, `bytes` is not the content
};

// The entries of a zip archive by name, zip64 included. Names and contents are views into `archive`; nothing is
// unpacked and checksums are not compared. Errors: Corrupt when places or sizes don't fit, or a name comes twice.
Result<std::map<std::string_view, ZipEntry>> list_zip(ByteView archive);

}  // namespace mien::inference
