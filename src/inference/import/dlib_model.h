#pragma once

#include <memory>
#include <openvino/core/model.hpp>

#include "inference/import/dlib_net.h"

namespace mien::inference {

// The network as an OpenVINO model: N x 3 x rows x columns, red green blue 0..255 → N x outputs, what dlib's last layer
// gives. Mean, scale and affine layers are folded into the convolutions before them where that is exact. Errors:
// Corrupt when the layers' sizes don't fit one another.
Result<std::shared_ptr<ov::Model>> build_model(const DlibNet& net);

}  // namespace mien::inference
