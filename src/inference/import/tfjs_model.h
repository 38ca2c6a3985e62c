#pragma once

#include <memory>
#include <openvino/core/model.hpp>

#include "inference/import/tfjs_graph.h"

namespace mien::inference {

// The graph as an OpenVINO model with the signature's inputs and outputs, in its order and under its names.
// Errors: Unsupported for operations that the engine doesn't know; foreign exceptions stop here.
Result<std::shared_ptr<ov::Model>> build_model(TfjsGraph graph);

}  // namespace mien::inference
