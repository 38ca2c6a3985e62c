#pragma once

#include <filesystem>

#include "gallery/keys/key.h"

namespace mien::gallery {

// Where the master key comes from: the one secret that opens a store.
struct MasterKeySource {
    enum class Kind { File, Environment, Command };
    Kind kind = Kind::File;
    std::string where{};     // the file; the variable's name; the command line, run by /bin/sh
    bool make_file = false;  // File: makes one (readable by its owner alone) when it is missing
};

// MIEN_MASTER_KEY (64 hexadecimal digits) if it is set, else what MIEN_MASTER_KEY_COMMAND prints, else the file that
// MIEN_MASTER_KEY_FILE names, else `folder`/master.key, made if missing.
MasterKeySource master_key_source(const std::filesystem::path& folder);

// 64 hexadecimal digits, spaces around them allowed. Of several processes that find no file and may make one, one makes
// it and all read the same. Errors: NotFound, BadInput; Unavailable when a command fails or a
// file is readable by others.
Result<Key> read_master_key(const MasterKeySource& source);

// Writes a key file that only its owner can read. Errors: Conflict if the file exists; Unavailable.
Status write_master_key(const std::filesystem::path& file, const Key& key);

// From now on this process leaves no core dump and can't be traced by its own user's other processes.
void forbid_core_dumps();

}  // namespace mien::gallery
