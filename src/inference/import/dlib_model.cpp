#include "inference/import/dlib_model.h"

#include <map>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>

namespace mien::inference {
namespace {

namespace op = ov::opset8;
using Value = ov::Output<ov::Node>;

std::shared_ptr<op::Constant> constant(const std::vector<float>& values, const ov::Shape& shape) {
    return op::Constant::create(ov::element::f32, shape, values);
}

ov::CoordinateDiff difference(const std::array<std::size_t, 2>& pair) {
    return {static_cast<std::ptrdiff_t>(pair[0]), static_cast<std::ptrdiff_t>(pair[1])};
}

class Builder {
public:
    explicit Builder(const DlibInput& input) {
        const auto side = [](std::size_t pixels) {
            return pixels == 0 ? ov::Dimension::dynamic() : ov::Dimension(static_cast<std::int64_t>(pixels));
        };
        parameter_ = std::make_shared<op::Parameter>(ov::element::f32,
                                                     ov::PartialShape{-1, 3, side(input.rows), side(input.columns)});
        parameter_->output(0).set_names({"input"});
        now_ = parameter_->output(0);
    }

    Value now() const { return now_; }
    std::shared_ptr<op::Parameter> parameter() const { return parameter_; }

    void scale_input(const DlibInput& input) {
        std::vector<float> mean;
        for (const double value : input.mean) mean.push_back(static_cast<float>(value));
        now_ = std::make_shared<op::Subtract>(now_, constant(mean, {1, 3, 1, 1}));
        now_ = std::make_shared<op::Multiply>(now_, constant({1.0f / 256}, {1}));
    }

    void add(const DlibConvolution& step) {
        const auto& s = step.shape;
        const auto filters = constant(step.filters, {s[0], s[1], s[2], s[3]});
        now_ = std::make_shared<op::Convolution>(now_, filters, ov::Strides{step.stride[0], step.stride[1]},
                                                 difference(step.padding), difference(step.padding), ov::Strides{1, 1});
        now_ = std::make_shared<op::Add>(now_, constant(step.biases, {1, s[0], 1, 1}));
    }
    void add(const DlibAffine& step) {
        const ov::Shape shape{1, step.gamma.size(), 1, 1};
        now_ = std::make_shared<op::Multiply>(now_, constant(step.gamma, shape));
        now_ = std::make_shared<op::Add>(now_, constant(step.beta, shape));
    }
    void add(const DlibRelu&) { now_ = std::make_shared<op::Relu>(now_); }
    void add(const DlibPool& step) {
        if (step.window[0] == 0 || step.window[1] == 0) {
            const auto axes = op::Constant::create(ov::element::i64, {2}, {2, 3});
            now_ = step.kind == DlibPooling::Average ? Value(std::make_shared<op::ReduceMean>(now_, axes, true))
                                                     : Value(std::make_shared<op::ReduceMax>(now_, axes, true));
            return;
        }
        const ov::Strides stride{step.stride[0], step.stride[1]};
        const ov::Shape window{step.window[0], step.window[1]};
        const ov::Shape padding{step.padding[0], step.padding[1]};
        if (step.kind == DlibPooling::Average) {
            now_ = std::make_shared<op::AvgPool>(now_, stride, padding, padding, window, true,
                                                 ov::op::RoundingType::FLOOR);
            return;
        }
        now_ = std::make_shared<op::MaxPool>(now_, stride, ov::Strides{1, 1}, padding, padding, window,
                                             ov::op::RoundingType::FLOOR)
                   ->output(0);
    }
    void add(const DlibDense& step) {
        const auto flat =
            op::Constant::create(ov::element::i64, {2}, {std::int64_t{0}, static_cast<std::int64_t>(step.inputs)});
        now_ = std::make_shared<op::Reshape>(now_, flat, true);
        now_ = std::make_shared<op::MatMul>(now_, constant(step.weights, {step.inputs, step.outputs}));
        if (!step.biases.empty()) now_ = std::make_shared<op::Add>(now_, constant(step.biases, {1, step.outputs}));
    }
    void add(const DlibMark& step) { marks_[step.tag] = now_; }
    void add(const DlibRecall& step) { now_ = marks_.at(step.tag); }
    void add(const DlibAdd& step) {
        const Value other = marks_.at(step.tag);
        const auto [a, b] = filled_up(now_, other);
        now_ = std::make_shared<op::Add>(a, b);
    }
    void add(const DlibConcat& step) {
        now_ = std::make_shared<op::Concat>(ov::OutputVector{marks_.at(step.tag), now_}, 1);
    }
    void add(const DlibScale& step) { now_ = std::make_shared<op::Multiply>(now_, constant({step.factor}, {1})); }

private:
    // dlib adds maps of different sizes as if the missing channels, rows and columns were zero.
    static std::pair<Value, Value> filled_up(const Value& a, const Value& b) {
        const ov::PartialShape& sa = a.get_partial_shape();
        const ov::PartialShape& sb = b.get_partial_shape();
        std::vector<std::int64_t> more_a(4);
        std::vector<std::int64_t> more_b(4);
        for (std::size_t i = 1; i < 4; ++i) {
            const std::int64_t gap = sa[i].get_length() - sb[i].get_length();
            (gap < 0 ? more_a : more_b)[i] = std::abs(gap);
        }
        return {padded(a, more_a), padded(b, more_b)};
    }
    static Value padded(const Value& value, const std::vector<std::int64_t>& more) {
        if (std::ranges::all_of(more, [](std::int64_t m) { return m == 0; })) return value;
        const auto none = op::Constant::create(ov::element::i64, {4}, {0, 0, 0, 0});
        const auto behind = op::Constant::create(ov::element::i64, {4}, more);
        return std::make_shared<op::Pad>(value, none, behind, constant({0}, {}), ov::op::PadMode::CONSTANT);
    }

    std::shared_ptr<op::Parameter> parameter_;
    Value now_;
    std::map<int, Value> marks_{};
};

bool pads(const DlibConvolution& step) {
    return step.padding[0] != 0 || step.padding[1] != 0;
}

// Mean and scale become part of a first convolution without padding (padding would have to be -mean, not zero).
void fold_input(DlibConvolution& first, const DlibInput& input) {
    const auto& [filters, channels, rows, columns] = first.shape;
    const std::size_t area = rows * columns;
    for (std::size_t f = 0; f < filters; ++f) {
        double shift = 0;
        for (std::size_t c = 0; c < channels; ++c) {
            float* plane = first.filters.data() + (f * channels + c) * area;
            for (std::size_t i = 0; i < area; ++i) {
                plane[i] /= 256;
                shift += input.mean.at(c) * static_cast<double>(plane[i]);
            }
        }
        first.biases[f] -= static_cast<float>(shift);
    }
}

void fold_affine(DlibConvolution& before, const DlibAffine& affine) {
    const std::size_t weights = before.filters.size() / before.shape[0];
    for (std::size_t f = 0; f < before.shape[0]; ++f) {
        for (std::size_t i = 0; i < weights; ++i) before.filters[f * weights + i] *= affine.gamma[f];
        before.biases[f] = before.biases[f] * affine.gamma[f] + affine.beta[f];
    }
}

std::vector<DlibStep> folded(const std::vector<DlibStep>& steps) {
    std::vector<DlibStep> result;
    for (const DlibStep& step : steps) {
        const auto* affine = std::get_if<DlibAffine>(&step);
        auto* before = result.empty() ? nullptr : std::get_if<DlibConvolution>(&result.back());
        if (affine != nullptr && before != nullptr && affine->gamma.size() == before->shape[0]) {
            fold_affine(*before, *affine);
        } else {
            result.push_back(step);
        }
    }
    return result;
}

}  // namespace

Result<std::shared_ptr<ov::Model>> build_model(const DlibNet& net) try {
    std::vector<DlibStep> steps = folded(net.steps);
    Builder builder(net.input);
    auto* first = steps.empty() ? nullptr : std::get_if<DlibConvolution>(&steps.front());
    if (first != nullptr && !pads(*first) && first->shape[1] == 3) {
        fold_input(*first, net.input);
    } else {
        builder.scale_input(net.input);
    }
    for (const DlibStep& step : steps) std::visit([&builder](const auto& s) { builder.add(s); }, step);
    const auto result = std::make_shared<op::Result>(builder.now());
    result->input_value(0).set_names({"output"});
    return std::make_shared<ov::Model>(ov::ResultVector{result}, ov::ParameterVector{builder.parameter()}, "dlib");
} catch (const std::exception& failure) {
    return Error{Fault::Corrupt, std::string("dlib file: its layers don't fit together: ") + failure.what()};
}

}  // namespace mien::inference
