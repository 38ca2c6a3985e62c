#pragma once

#include <functional>

#include "inference/model.h"

namespace mien::inference {

// A model whose answers a function gives: for tests of what stands on models, and for recorded runs.
class ReplayModel final : public Model {
public:
    using Answer = std::function<Result<std::vector<Tensor>>(std::span<const Tensor>)>;
    ReplayModel(std::vector<Port> inputs, std::vector<Port> outputs, Answer answer)
        : inputs_(std::move(inputs)), outputs_(std::move(outputs)), answer_(std::move(answer)) {}

    const std::vector<Port>& inputs() const override { return inputs_; }
    const std::vector<Port>& outputs() const override { return outputs_; }
    Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) const override { return answer_(inputs); }

private:
    std::vector<Port> inputs_;
    std::vector<Port> outputs_;
    Answer answer_;
};

}  // namespace mien::inference
