#pragma once

#include <nlohmann/json.hpp>

#include "inference/import/tfjs_graph.h"

namespace mien::inference {

// The numbers named by a "weightsManifest", by node name.
// Errors: Corrupt when files and manifest don't fit; Unsupported for types other than float32, int32 and bool.
// nlohmann::json's exceptions for missing or mistyped keys pass through to the caller.
Result<std::map<std::string, TfjsWeight>> read_tfjs_weights(const nlohmann::ordered_json& manifest,
                                                            const std::vector<TfjsFile>& files);

}  // namespace mien::inference
