#include "inference/import/dlib_net.h"

#include <algorithm>

namespace mien::inference {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_layers = 4096;

// What wraps what, outermost first: dlib saves the nest of its types as a run of version numbers before any layer.
enum class Wrap { Layer, MarkOrRecall, Innermost };

Result<std::vector<Wrap>> read_nest(DlibReader& in) {
    std::vector<Wrap> nest;
    for (;;) {
        if (nest.size() > most_layers) return in.corrupt("more than " + std::to_string(most_layers) + " layers");
        MIEN_LET(number, in.version(1, 3, "a layer"));
        nest.push_back(number == 2 ? Wrap::Layer : number == 1 ? Wrap::MarkOrRecall : Wrap::Innermost);
        if (number == 3) return nest;
    }
}

Result<std::array<std::size_t, 2>> pair(DlibReader& in, std::int64_t low, const char* what) {
    MIEN_LET(rows, in.integer(low, 1024, what));
    MIEN_LET(columns, in.integer(low, 1024, what));
    return std::array{static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)};
}

Result<DlibInput> read_input(DlibReader& in) {
    MIEN_LET(name, in.text(longest_name));
    if (name != "input_rgb_image_sized")
        return Error{Fault::Unsupported, "dlib file: the input layer '" + name + "' is not known here"};
    DlibInput input;
    for (double& mean : input.mean) {
        MIEN_LET(value, in.real());
        mean = value;
    }
    MIEN_LET(size, pair(in, 1, "input side"));
    input.rows = size[0];
    input.columns = size[1];
    return input;
}

Result<DlibStep> read_convolution(DlibReader& in, const std::string& name) {
    DlibConvolution step;
    MIEN_LET(params, in.tensor());
    MIEN_LET(filters, in.integer(1, 65536, "number of filters"));
    MIEN_LET(window, pair(in, 1, "filter side"));
    MIEN_LET(stride, pair(in, 1, "stride"));
    MIEN_LET(padding, pair(in, 0, "padding"));
    MIEN_TRY(in.skip_alias());
    MIEN_TRY(in.skip_alias());
    MIEN_TRY(in.skip_reals(4));
    bool biased = true;
    if (name == "con_5") {
        MIEN_LET(use_bias, in.flag());
        biased = use_bias;
    }
    const auto count = static_cast<std::size_t>(filters);
    const std::size_t area = count * window[0] * window[1];
    const std::size_t weights = params.values.size() - std::min(params.values.size(), biased ? count : 0);
    if (weights == 0 || weights % area != 0)
        return in.corrupt("convolution with " + std::to_string(params.values.size()) + " parameters");
    step.shape = {count, weights / area, window[0], window[1]};
    step.stride = stride;
    step.padding = padding;
    const auto middle = params.values.begin() + static_cast<std::ptrdiff_t>(weights);
    step.filters.assign(params.values.begin(), middle);
    step.biases.assign(middle, params.values.end());
    step.biases.resize(count);
    return DlibStep(std::move(step));
}

Result<DlibStep> read_affine(DlibReader& in, const std::string& name) {
    MIEN_LET(params, in.tensor());
    MIEN_TRY(in.skip_alias());
    MIEN_TRY(in.skip_alias());
    MIEN_LET(mode, in.integer(0, 1, "affine mode"));
    if (name == "affine_2") {
        MIEN_LET(disabled, in.flag());
        if (disabled) return Error{Fault::Unsupported, "dlib file: a disabled affine layer is not known here"};
    }
    if (mode != 0) return Error{Fault::Unsupported, "dlib file: an affine layer for dense values is not known here"};
    if (params.values.empty() || params.values.size() % 2 != 0)
        return in.corrupt("affine layer with an odd number of parameters");
    const auto middle = params.values.begin() + static_cast<std::ptrdiff_t>(params.values.size() / 2);
    return DlibStep(DlibAffine{{params.values.begin(), middle}, {middle, params.values.end()}});
}

Result<DlibStep> read_pool(DlibReader& in, DlibPooling kind) {
    MIEN_LET(window, pair(in, 0, "window"));
    MIEN_LET(stride, pair(in, 1, "stride"));
    MIEN_LET(padding, pair(in, 0, "padding"));
    return DlibStep(DlibPool{kind, window, stride, padding});
}

Result<DlibStep> read_dense(DlibReader& in, const std::string& name) {
    DlibDense step;
    MIEN_LET(outputs, in.integer(1, 65536, "number of outputs"));
    MIEN_LET(inputs, in.integer(1, 1 << 20, "number of inputs"));
    MIEN_LET(params, in.tensor());
    MIEN_TRY(in.skip_alias());
    MIEN_TRY(in.skip_alias());
    MIEN_LET(bias_mode, in.integer(0, 1, "bias mode"));
    MIEN_TRY(in.skip_reals(4));
    bool biased = bias_mode == 0;
    if (name == "fc_3") {
        MIEN_LET(use_bias, in.flag());
        biased = biased && use_bias;
    }
    step.inputs = static_cast<std::size_t>(inputs);
    step.outputs = static_cast<std::size_t>(outputs);
    const std::size_t weights = step.inputs * step.outputs;
    if (params.values.size() != weights + (biased ? step.outputs : 0))
        return in.corrupt("dense layer with " + std::to_string(params.values.size()) + " parameters");
    const auto middle = params.values.begin() + static_cast<std::ptrdiff_t>(weights);
    step.weights.assign(params.values.begin(), middle);
    step.biases.assign(middle, params.values.end());
    return DlibStep(std::move(step));
}

Result<DlibStep> read_step(DlibReader& in) {
    MIEN_LET(name, in.text(longest_name));
    if (name == "con_4" || name == "con_5") return read_convolution(in, name);
    if (name == "affine_" || name == "affine_2") return read_affine(in, name);
    if (name == "relu_") return DlibStep(DlibRelu{});
    if (name == "max_pool_2") return read_pool(in, DlibPooling::Max);
    if (name == "avg_pool_2") return read_pool(in, DlibPooling::Average);
    if (name == "fc_2" || name == "fc_3") return read_dense(in, name);
    if (name == "add_prev_") return DlibStep(DlibAdd{1});
    return Error{Fault::Unsupported, "dlib file: the layer '" + name + "' is not known here"};
}

// What dlib keeps behind each layer's own parameters: three flags and three tensors of training.
Status skip_training_state(DlibReader& in) {
    for (int i = 0; i < 3; ++i) MIEN_TRY(in.flag());
    for (int i = 0; i < 3; ++i) MIEN_TRY(in.skip_tensor());
    return {};
}

Status skip_loss(DlibReader& in) {
    MIEN_LET(name, in.text(longest_name));
    if (name == "loss_metric_2") return in.skip_reals(2);
    if (name == "loss_multiclass_log_") return {};
    return Error{Fault::Unsupported, "dlib file: the loss '" + name + "' is not known here"};
}

// Marks come single before a block; in pairs (mark 2, back to mark 1) before a pool that shrinks the by-pass.
Status place_marks(std::vector<DlibStep>& steps, std::size_t run, const DlibReader& in) {
    if (run == 0) return {};
    if (run == 1) {
        steps.emplace_back(DlibMark{1});
        return {};
    }
    if (run != 2) return in.corrupt(std::to_string(run) + " marks in a row");
    steps.emplace_back(DlibMark{2});
    steps.emplace_back(DlibRecall{1});
    return {};
}

}  // namespace

Result<DlibNet> read_dlib_net(ByteView bytes) {
    DlibReader in(bytes);
    MIEN_TRY(in.version(1, 1, "a network with a loss"));
    MIEN_TRY(skip_loss(in));
    MIEN_LET(nest, read_nest(in));

    DlibNet net;
    MIEN_LET(input, read_input(in));
    net.input = input;
    std::size_t marks = 0;
    bool shrunk = false;  // the by-pass of the current block went through a pool
    for (auto wrap = nest.rbegin(); wrap != nest.rend(); ++wrap) {
        if (*wrap == Wrap::MarkOrRecall) {
            ++marks;
            continue;
        }
        MIEN_TRY(place_marks(net.steps, marks, in));
        if (marks == 2) shrunk = true;
        marks = 0;
        MIEN_LET(step, read_step(in));
        if (auto* add = std::get_if<DlibAdd>(&step)) {
            add->tag = shrunk ? 2 : 1;
            shrunk = false;
        }
        net.steps.push_back(std::move(step));
        MIEN_TRY(skip_training_state(in));
        if (*wrap == Wrap::Innermost) MIEN_TRY(in.integer(1, 1 << 20, "sample expansion"));
    }
    return net;
}

}  // namespace mien::inference
