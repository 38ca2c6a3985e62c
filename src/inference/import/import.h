#pragma once

#include <memory>
#include <openvino/core/model.hpp>

#include "base/result.h"
#include "models/card.h"

namespace mien::inference {

// Raised whenever an importer gives another model for the same files: compiled models kept on disk are then made anew.
constexpr int importer_version = 1;

// The files of a model, whatever their format, as an OpenVINO model whose inputs and outputs are 32-bit float.
// Errors: Corrupt or Unsupported, naming the file; foreign exceptions stop here.
Result<std::shared_ptr<ov::Model>> import_model(const models::LocalModel& local);

}  // namespace mien::inference
