#pragma once

#include <memory>
#include <openvino/core/model.hpp>

#include "base/result.h"
#include "models/card.h"

namespace mien::inference {

// The files of a model, whatever their format, as an OpenVINO model.
// Errors: Corrupt or Unsupported, naming the file; foreign exceptions stop here.
Result<std::shared_ptr<ov::Model>> import_model(const models::LocalModel& local);

}  // namespace mien::inference
