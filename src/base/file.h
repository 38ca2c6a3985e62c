#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/bytes.h"
#include "base/result.h"

namespace mien {

// The whole file. Errors: NotFound; BadInput for a folder, device or a file over `limit` bytes; Unavailable if it can't
// be read.
Result<Bytes> read_file(const std::filesystem::path& file, std::uint64_t limit = std::uint64_t{1} << 30);

// The file's bytes in order, in parts of at most 1 MiB.
Status read_in_parts(const std::filesystem::path& file, const std::function<void(ByteView)>& use);

// Writes beside the target, flushes to disk and renames: a reader sees the old file or the new one, never a part.
// On failure the temporary file is removed. Makes missing folders. Errors: Unavailable, with the system's reason.
Status write_file(const std::filesystem::path& file, ByteView bytes);
Status write_file(const std::filesystem::path& file, std::string_view text);

// Removes temporary files of write_file that are being written now. Async-signal-safe enough for a handler that then
// exits.
void remove_unfinished_files() noexcept;

Status make_folder(const std::filesystem::path& folder);

}  // namespace mien
