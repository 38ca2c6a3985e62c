#pragma once

#include "inference/import/tfjs_graph.h"

namespace mien::inference {

// One node as the plain TensorFlow nodes that compute the same: TensorFlow.js fuses a convolution or matrix product
// with what follows it, and knows PReLU as one operation. The last node keeps the name. A plain node comes back alone.
// Errors: Unsupported for an unknown fusion; Corrupt for missing inputs.
Result<std::vector<TfjsNode>> unfuse(TfjsNode node);

}  // namespace mien::inference
