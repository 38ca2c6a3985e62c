#include "inference/import/dlib_net.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace mien::inference {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_layers = 4096;

// One shell of the nest of types that a dlib network is, and that dlib saves outermost first, each as a version number.
struct Shell {
    enum class Kind { Layer, MarkOrRecall, Repeat, Innermost, InputMark };
    Kind kind{};
    std::vector<DlibStep> repeated{};  // Repeat: all its blocks, in the order of computing
};
using Nest = std::vector<Shell>;

// A block of a repeat stands on no input layer; it may begin with a mark.
enum class Place { Network, Repeated };

Result<std::array<std::size_t, 2>> pair(DlibReader& in, std::int64_t low, const char* what) {
    MIEN_LET(rows, in.integer(low, 1024, what));
    MIEN_LET(columns, in.integer(low, 1024, what));
    return std::array{static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)};
}

Result<DlibInput> read_input(DlibReader& in) {
    MIEN_LET(name, in.text(longest_name));
    const bool sized = name == "input_rgb_image_sized";
    if (!sized && name != "input_rgb_image")
        return Error{Fault::Unsupported, "dlib file: the input layer '" + name + "' is not known here"};
    DlibInput input;
    for (double& mean : input.mean) {
        MIEN_LET(value, in.real());
        mean = value;
    }
    if (!sized) return input;
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

// Batch normalisation as it runs after training: with the means and variances that it kept, it is an affine layer.
Result<DlibStep> read_normalisation(DlibReader& in) {
    MIEN_LET(params, in.tensor());
    MIEN_TRY(in.skip_alias());
    MIEN_TRY(in.skip_alias());
    MIEN_TRY(in.skip_tensor());  // of the last batch in training: means and inverse deviations
    MIEN_TRY(in.skip_tensor());
    MIEN_LET(means, in.tensor());
    MIEN_LET(variances, in.tensor());
    MIEN_TRY(in.integer());  // updates so far, and over how many the means run
    MIEN_TRY(in.integer());
    MIEN_TRY(in.skip_reals(4));
    MIEN_LET(epsilon, in.real());
    const std::size_t count = means.values.size();
    if (count == 0 || variances.values.size() != count || params.values.size() != 2 * count)
        return in.corrupt("batch normalisation with " + std::to_string(params.values.size()) + " parameters for " +
                          std::to_string(count) + " means");
    DlibAffine step;
    for (std::size_t i = 0; i < count; ++i) {
        const double spread = static_cast<double>(variances.values[i]) + epsilon;
        if (!(spread > 0)) return in.corrupt("batch normalisation by a variance of " + std::to_string(spread));
        const double gamma = static_cast<double>(params.values[i]) / std::sqrt(spread);
        step.gamma.push_back(static_cast<float>(gamma));
        step.beta.push_back(static_cast<float>(static_cast<double>(params.values[count + i]) -
                                               gamma * static_cast<double>(means.values[i])));
        if (!std::isfinite(step.gamma.back()) || !std::isfinite(step.beta.back()))
            return in.corrupt("batch normalisation that is not finite");
    }
    return DlibStep(std::move(step));
}

// Dropout leaves out a share of the values while training and shrinks all of them by that share afterwards.
Result<DlibStep> read_dropout(DlibReader& in) {
    MIEN_LET(rate, in.real());
    MIEN_TRY(in.skip_tensor());
    if (!(rate >= 0 && rate < 1)) return in.corrupt("a dropout rate of " + std::to_string(rate));
    return DlibStep(DlibScale{static_cast<float>(1 - rate)});
}

Result<DlibStep> read_concat(DlibReader& in) {
    MIEN_LET(count, in.integer(1, 1024, "number of concatenated maps"));
    if (count != 2)
        return Error{Fault::Unsupported, "dlib file: concatenation of " + std::to_string(count) + " is not known here"};
    return DlibStep(DlibConcat{1});
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
    if (name == "bn_con2") return read_normalisation(in);
    if (name == "dropout_") return read_dropout(in);
    if (name == "concat_") return read_concat(in);
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

Result<std::vector<DlibStep>> read_steps(DlibReader& in, Nest nest) {
    std::vector<DlibStep> steps;
    std::size_t marks = 0;
    bool shrunk = false;  // the by-pass of the current block went through a pool
    for (auto shell = nest.rbegin(); shell != nest.rend(); ++shell) {
        if (shell->kind == Shell::Kind::MarkOrRecall || shell->kind == Shell::Kind::InputMark) {
            ++marks;
            continue;
        }
        if (shell->kind == Shell::Kind::Repeat) {
            MIEN_TRY(place_marks(steps, marks, in));
            marks = 0;
            std::ranges::move(shell->repeated, std::back_inserter(steps));
            continue;
        }
        MIEN_LET(step, read_step(in));
        if (std::holds_alternative<DlibConcat>(step)) {
            // The mark straight before it names the second of its maps, which is what flows here anyway.
            if (marks != 1) return in.corrupt("a concatenation after " + std::to_string(marks) + " marks");
        } else {
            MIEN_TRY(place_marks(steps, marks, in));
            if (marks == 2) shrunk = true;
        }
        marks = 0;
        if (auto* add = std::get_if<DlibAdd>(&step)) {
            add->tag = shrunk ? 2 : 1;
            shrunk = false;
        }
        steps.push_back(std::move(step));
        MIEN_TRY(skip_training_state(in));
        if (shell->kind == Shell::Kind::Innermost) MIEN_TRY(in.integer(1, 1 << 20, "sample expansion"));
    }
    return steps;
}

// A mark, a step back and a repeat are all saved as version 1. A repeat goes on with the number of its blocks, the
// others with the version of what they wrap; 3 may be both, but then a layer's name or a block's version tells.
Result<bool> repeat_follows(DlibReader ahead, Place place) {
    constexpr std::int64_t latest_version = 3;
    MIEN_LET(next, ahead.integer());
    if (place == Place::Repeated || next < latest_version) return false;
    if (next > latest_version) return true;
    MIEN_LET(after, ahead.integer());
    return after <= latest_version;
}

// A mark at the input of a block is saved as version 2 and the tensor that it kept, which a finished network emptied.
Result<bool> input_mark_follows(DlibReader ahead) {
    MIEN_LET(tensor_version, ahead.integer());
    MIEN_LET(size, ahead.integer());
    return tensor_version == 2 && size == 0;
}

Status skip_input_mark(DlibReader& in) {
    MIEN_TRY(in.skip_tensor());
    MIEN_TRY(in.skip_tensor());
    MIEN_TRY(in.flag());
    MIEN_TRY(in.integer(1, 1 << 20, "sample expansion"));
    return {};
}

Result<Nest> read_nest(DlibReader& in, Place place);

// Blocks of one shape on top of each other; the uppermost is saved first.
Result<Shell> read_repeat(DlibReader& in) {
    MIEN_LET(count, in.integer(1, 1024, "number of repeated blocks"));
    std::vector<std::vector<DlibStep>> blocks;
    for (std::int64_t i = 0; i < count; ++i) {
        MIEN_LET(nest, read_nest(in, Place::Repeated));
        MIEN_LET(steps, read_steps(in, std::move(nest)));
        blocks.push_back(std::move(steps));
    }
    Shell repeat{Shell::Kind::Repeat};
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block)
        std::ranges::move(*block, std::back_inserter(repeat.repeated));
    return repeat;
}

Result<Nest> read_nest(DlibReader& in, Place place) {
    Nest nest;
    for (;;) {
        if (nest.size() > most_layers) return in.corrupt("more than " + std::to_string(most_layers) + " layers");
        MIEN_LET(number, in.version(1, 3, "a layer"));
        if (number == 3) {
            nest.push_back({Shell::Kind::Innermost});
            return nest;
        }
        if (number == 1) {
            MIEN_LET(repeats, repeat_follows(in, place));
            if (!repeats) {
                nest.push_back({Shell::Kind::MarkOrRecall});
                continue;
            }
            MIEN_LET(repeat, read_repeat(in));
            nest.push_back(std::move(repeat));
            continue;
        }
        if (place == Place::Repeated) {
            MIEN_LET(at_input, input_mark_follows(in));
            if (at_input) {
                MIEN_TRY(skip_input_mark(in));
                nest.push_back({Shell::Kind::InputMark});
                return nest;
            }
        }
        nest.push_back({Shell::Kind::Layer});
    }
}

}  // namespace

Result<DlibNet> read_dlib_net(ByteView bytes) {
    DlibReader in(bytes);
    MIEN_TRY(in.version(1, 1, "a network with a loss"));
    MIEN_TRY(skip_loss(in));
    MIEN_LET(nest, read_nest(in, Place::Network));
    DlibNet net;
    MIEN_LET(input, read_input(in));
    net.input = input;
    MIEN_LET(steps, read_steps(in, std::move(nest)));
    net.steps = std::move(steps);
    return net;
}

}  // namespace mien::inference
