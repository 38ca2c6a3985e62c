#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace mien::inference {

// 32-bit floats in row-major order. In pictures' tensors N x C x H x W or N x H x W x C, as the model's card says.
struct Tensor {
    std::vector<std::size_t> shape{};
    std::vector<float> values{};
};

// What goes in or comes out. A dimension of 0 may have any size.
struct Port {
    std::string name{};
    std::vector<std::size_t> shape{};
};

// A loaded network. Values in, values out, nothing remembered.
// Thread rule: const calls may run at the same time; each takes its own execution lane.
class Model {
public:
    virtual ~Model() = default;
    virtual const std::vector<Port>& inputs() const = 0;
    virtual const std::vector<Port>& outputs() const = 0;

    // One tensor for each input, in order → one for each output, in order.
    // Errors: Bug for a wrong number or shape of inputs; Unavailable when the engine fails.
    virtual Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) const = 0;
};

}  // namespace mien::inference
