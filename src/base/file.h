#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace mien {

// The whole file. Errors: NotFound; BadInput for a folder, device or a file over `limit` bytes; Unavailable if it can't
// be read.
Result<Bytes> read_file(const std::filesystem::path& file, std::uint64_t limit = std::uint64_t{1} << 30);

// The file's bytes in order, in parts of at most 1 MiB. An error of `use` ends it.
Status read_in_parts(const std::filesystem::path& file, const std::function<Status(ByteView)>& use);

// Writes beside the target, flushes to disk and renames: a reader sees the old file or the new one, never a part.
// On failure the temporary file is removed. Makes missing folders. Errors: Unavailable, with the system's reason.
Status write_file(const std::filesystem::path& file, ByteView bytes);
Status write_file(const std::filesystem::path& file, std::string_view text);

// The same piece by piece: what was not committed is removed.
// Thread rule: one owner. Errors: Unavailable, with the system's reason.
class FileWriter {
public:
    enum class Readers { Everybody, OwnerOnly };  // who may read the file
    static Result<FileWriter> open(const std::filesystem::path& file, Readers readers = Readers::Everybody);
    FileWriter(FileWriter&&) noexcept;
    FileWriter& operator=(FileWriter&&) noexcept;
    ~FileWriter();

    Status write(ByteView bytes);
    Status commit();  // the last call

private:
    struct State;
    explicit FileWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Removes temporary files of write_file and FileWriter that are being written now. Async-signal-safe enough for a
// handler that then exits.
void remove_unfinished_files() noexcept;

Status make_folder(const std::filesystem::path& folder);

}  // namespace mien
