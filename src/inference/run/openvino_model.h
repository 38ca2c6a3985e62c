#pragma once

#include <memory>
#include <openvino/openvino.hpp>

#include "inference/model.h"

namespace mien::inference {

// Wraps a compiled network; `lanes` runs may go on at the same time.
Result<std::unique_ptr<Model>> wrap(ov::CompiledModel compiled, int lanes);

}  // namespace mien::inference
