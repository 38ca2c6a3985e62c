#pragma once

#include <atomic>
#include <ctime>
#include <memory>

#include "inference/model.h"

namespace mien::inference {

// Adds the CPU time that the process spends inside a model's runs to a counter in nanoseconds: true for one run at a
// time, since the clock is the whole process's.
class TimedModel final : public Model {
public:
    TimedModel(std::unique_ptr<Model> model, std::shared_ptr<std::atomic<std::int64_t>> spent)
        : model_(std::move(model)), spent_(std::move(spent)) {}

    const std::vector<Port>& inputs() const override { return model_->inputs(); }
    const std::vector<Port>& outputs() const override { return model_->outputs(); }
    Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) const override {
        const std::clock_t start = std::clock();
        auto outputs = model_->run(inputs);
        *spent_ += (std::clock() - start) * (1'000'000'000 / CLOCKS_PER_SEC);
        return outputs;
    }

private:
    std::unique_ptr<Model> model_;
    std::shared_ptr<std::atomic<std::int64_t>> spent_;
};

}  // namespace mien::inference
