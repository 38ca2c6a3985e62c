#include "inference/run/openvino_model.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <numeric>

namespace mien::inference {
namespace {

std::vector<std::size_t> shape_of(const ov::PartialShape& partial) {
    std::vector<std::size_t> shape;
    if (partial.rank().is_dynamic()) return shape;
    for (const ov::Dimension& dimension : partial) {
        shape.push_back(dimension.is_static() ? static_cast<std::size_t>(dimension.get_length()) : 0);
    }
    return shape;
}

std::vector<Port> ports_of(const std::vector<ov::Output<const ov::Node>>& ends) {
    std::vector<Port> ports;
    for (const auto& end : ends) {
        // get_any_name() may give an internal alias: the shortest exact name is the model's own.
        const auto& names = end.get_names();
        const auto shortest = std::ranges::min_element(names, {}, [](const std::string& n) { return n.size(); });
        ports.push_back({shortest == names.end() ? std::string{} : *shortest, shape_of(end.get_partial_shape())});
    }
    return ports;
}

bool fits(const Tensor& tensor, const Port& port) {
    const std::size_t count =
        std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::size_t{1}, std::multiplies<>{});
    if (count != tensor.values.size() || tensor.shape.size() != port.shape.size()) return false;
    for (std::size_t i = 0; i < port.shape.size(); ++i) {
        if (port.shape[i] != 0 && port.shape[i] != tensor.shape[i]) return false;
    }
    return true;
}

class OpenVinoModel final : public Model {
public:
    OpenVinoModel(const ov::CompiledModel& compiled, int lanes)
        : compiled_(compiled),
          inputs_(ports_of(compiled.inputs())),
          outputs_(ports_of(compiled.outputs())),
          unmade_(lanes) {}

    const std::vector<Port>& inputs() const override { return inputs_; }
    const std::vector<Port>& outputs() const override { return outputs_; }

    Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) const override try {
        if (inputs.size() != inputs_.size()) {
            return Error{Fault::Bug, "a model with " + std::to_string(inputs_.size()) + " inputs was given " +
                                         std::to_string(inputs.size())};
        }
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (!fits(inputs[i], inputs_[i]))
                return Error{Fault::Bug, "wrong shape for model input " + inputs_[i].name};
        }
        Lane lane(*this);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            // The engine only reads an input tensor; its type has no const form.
            lane.request().set_input_tensor(i, ov::Tensor(ov::element::f32, ov::Shape(inputs[i].shape),
                                                          const_cast<float*>(inputs[i].values.data())));
        }
        lane.request().infer();
        std::vector<Tensor> outputs;
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            const ov::Tensor out = lane.request().get_output_tensor(i);
            outputs.push_back({out.get_shape(),
                               std::vector<float>(out.data<const float>(), out.data<const float>() + out.get_size())});
        }
        return outputs;
    } catch (const std::exception& failure) {
        return Error{Fault::Unavailable, std::string("the inference engine failed: ") + failure.what()};
    }

private:
    // Holds one infer request for the time of a run.
    class Lane {
    public:
        explicit Lane(const OpenVinoModel& model) : model_(model), request_(model.take()) {}
        ~Lane() { model_.give_back(std::move(request_)); }
        Lane(const Lane&) = delete;
        Lane& operator=(const Lane&) = delete;
        ov::InferRequest& request() { return request_; }

    private:
        const OpenVinoModel& model_;
        ov::InferRequest request_;
    };

    ov::InferRequest take() const {
        std::unique_lock lock(mutex_);
        freed_.wait(lock, [this] { return !free_.empty() || unmade_ > 0; });
        if (free_.empty()) {
            ov::InferRequest made = compiled_.create_infer_request();
            --unmade_;
            return made;
        }
        ov::InferRequest request = std::move(free_.back());
        free_.pop_back();
        return request;
    }

    void give_back(ov::InferRequest request) const {
        {
            const std::scoped_lock lock(mutex_);
            free_.push_back(std::move(request));
        }
        freed_.notify_one();
    }

    mutable ov::CompiledModel compiled_;
    std::vector<Port> inputs_;
    std::vector<Port> outputs_;
    mutable std::mutex mutex_;
    mutable std::condition_variable freed_;
    mutable std::vector<ov::InferRequest> free_{};
    mutable int unmade_;
};

}  // namespace

Result<std::unique_ptr<Model>> wrap(ov::CompiledModel compiled, int lanes) try {
    for (const auto& ends : {compiled.inputs(), compiled.outputs()}) {
        for (const auto& end : ends) {
            if (end.get_element_type() != ov::element::f32) {
                return Error{Fault::Unsupported, "the model has a tensor that is not 32-bit float"};
            }
        }
    }
    return std::unique_ptr<Model>(std::make_unique<OpenVinoModel>(compiled, std::max(1, lanes)));
} catch (const std::exception& failure) {
    return Error{Fault::Unavailable, std::string("the inference engine failed: ") + failure.what()};
}

}  // namespace mien::inference
