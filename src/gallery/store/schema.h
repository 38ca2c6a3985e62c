#pragma once

#include "gallery/store/database.h"

namespace mien::gallery {

// Brings both files of a store to this program's schema, step by step, each in one transaction.
// Errors: Unsupported for files of a later version.
Status migrate_data(Database& data);
Status migrate_keys(Database& keys);

inline constexpr int data_version = 2;
inline constexpr int keys_version = 2;

}  // namespace mien::gallery
