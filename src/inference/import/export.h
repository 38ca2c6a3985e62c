#pragma once

#include <filesystem>

#include "base/result.h"
#include "models/card.h"

namespace mien::inference {

// The model, whatever its format, as OpenVINO IR: `xml` and a .bin beside it, weights in 32 bits.
// Errors: Corrupt or Unsupported when it can't be read; Unavailable when it can't be written.
Status write_ir(const models::LocalModel& local, const std::filesystem::path& xml);

}  // namespace mien::inference
