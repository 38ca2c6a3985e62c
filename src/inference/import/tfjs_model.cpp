#include "inference/import/tfjs_model.h"

#include <charconv>
#include <openvino/frontend/graph_iterator.hpp>
#include <openvino/frontend/manager.hpp>
#include <openvino/openvino.hpp>

#include "base/text.h"

namespace mien::inference {
namespace {

using ov::frontend::DecoderBase;
using ov::frontend::GraphIterator;

ov::element::Type element_type(const std::string& name) {
    if (name == "DT_FLOAT") return ov::element::f32;
    if (name == "DT_DOUBLE") return ov::element::f64;
    if (name == "DT_HALF") return ov::element::f16;
    if (name == "DT_INT32") return ov::element::i32;
    if (name == "DT_INT64") return ov::element::i64;
    if (name == "DT_INT16") return ov::element::i16;
    if (name == "DT_INT8") return ov::element::i8;
    if (name == "DT_UINT8") return ov::element::u8;
    if (name == "DT_BOOL") return ov::element::boolean;
    if (name == "DT_STRING") return ov::element::string;
    return ov::element::dynamic;
}

ov::Tensor tensor_of(const TfjsWeight& weight) {
    const auto type = weight.type == TfjsWeight::Type::Float32 ? ov::element::f32
                      : weight.type == TfjsWeight::Type::Int32 ? ov::element::i32
                                                               : ov::element::boolean;
    ov::Tensor tensor(type, ov::Shape(weight.shape));
    if (!weight.values.empty()) std::memcpy(tensor.data(), weight.values.data(), weight.values.size());
    return tensor;
}

struct ToAny {
    ov::Any operator()(const TfjsType& type) const { return element_type(type.name); }
    ov::Any operator()(const TfjsShape& shape) const {
        if (!shape.ranked) return ov::PartialShape::dynamic();
        return ov::PartialShape(std::vector<ov::Dimension>(shape.sizes.begin(), shape.sizes.end()));
    }
    template <class Plain>
    ov::Any operator()(const Plain& value) const {
        return value;
    }
};

// One node as the engine's reader of TensorFlow graphs wants to see it.
class NodeDecoder final : public DecoderBase {
public:
    NodeDecoder(const TfjsGraph& graph, const TfjsNode& node) : graph_(graph), node_(node) {}

    ov::Any get_attribute(const std::string& name) const override {
        if (node_.op == "Const" && name == "value") return tensor_of(graph_.weights.at(node_.name));
        const auto found = node_.attributes.find(name);
        return found == node_.attributes.end() ? ov::Any{} : std::visit(ToAny{}, found->second);
    }
    size_t get_input_size() const override { return node_.inputs.size(); }
    void get_input_node(size_t at, std::string& producer, std::string& port_name, size_t& port) const override {
        producer = node_.inputs.at(at);
        port_name.clear();
        port = 0;
        const std::size_t colon = producer.rfind(':');
        if (producer.starts_with('^') || colon == std::string::npos) return;
        const char* end = producer.data() + producer.size();
        if (std::from_chars(producer.data() + colon + 1, end, port).ptr == end) producer.resize(colon);
    }
    const std::string& get_op_type() const override { return node_.op; }
    const std::string& get_op_name() const override { return node_.name; }

private:
    const TfjsGraph& graph_;
    const TfjsNode& node_;
};

class Nodes final : public GraphIterator {
public:
    explicit Nodes(const TfjsGraph& graph) : graph_(graph) {}

    size_t size() const override { return graph_.nodes.size(); }
    void reset() override { at_ = 0; }
    void next() override { ++at_; }
    bool is_end() const override { return at_ >= graph_.nodes.size(); }
    std::shared_ptr<DecoderBase> get_decoder() const override {
        return std::make_shared<NodeDecoder>(graph_, graph_.nodes.at(at_));
    }
    std::shared_ptr<GraphIterator> get_body_graph_iterator(const std::string&) const override { return nullptr; }
    std::vector<std::string> get_input_names() const override { return {}; }
    std::vector<std::string> get_output_names() const override { return {}; }

private:
    const TfjsGraph& graph_;
    std::size_t at_ = 0;
};

std::string end_name(std::size_t i) {
    return "mien_output_" + std::to_string(i);
}

// The engine takes what nobody reads as outputs. A signature's output may be read by other nodes too: each gets an end
// of its own.
void add_ends(TfjsGraph& graph) {
    for (std::size_t i = 0; i < graph.outputs.size(); ++i)
        graph.nodes.push_back({end_name(i), "Identity", {graph.outputs[i].tensor}, {{"T", TfjsType{"DT_FLOAT"}}}});
}

ov::Output<ov::Node> source_of(const ov::Model& model, const std::string& name) {
    for (const auto& result : model.get_results()) {
        const auto source = result->input_value(0);
        const auto& names = source.get_names();
        if (names.contains(name) || names.contains(name + ":0")) return source;
    }
    return {};
}

std::shared_ptr<ov::op::v0::Parameter> parameter_of(const ov::Model& model, const std::string& tensor) {
    const std::string node = tensor.substr(0, tensor.find(':'));
    for (const auto& parameter : model.get_parameters()) {
        const auto& names = parameter->output(0).get_names();
        if (parameter->get_friendly_name() == node || names.contains(node) || names.contains(node + ":0"))
            return parameter;
    }
    return nullptr;
}

Result<std::shared_ptr<ov::Model>> arrange(const ov::Model& model, const TfjsGraph& graph) {
    ov::ParameterVector parameters;
    for (const TfjsPort& port : graph.inputs) {
        const auto parameter = parameter_of(model, port.tensor);
        if (!parameter) continue;  // a constant of the signature, or one that nothing depends on
        parameter->output(0).set_names({port.name});
        parameters.push_back(parameter);
    }
    if (parameters.size() != model.get_parameters().size())
        return Error{Fault::Corrupt, "the signature leaves out an input"};
    ov::OutputVector outputs;
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        const auto source = source_of(model, end_name(i));
        if (!source.get_node())
            return Error{Fault::Unsupported, "the engine dropped the output " + graph.outputs[i].name};
        outputs.push_back(source);
    }
    // Two outputs may be the same tensor, which then keeps both names.
    for (auto& output : outputs) output.set_names({});
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].add_names({graph.outputs[i].name});
    return std::make_shared<ov::Model>(outputs, parameters);
}

}  // namespace

Result<std::shared_ptr<ov::Model>> build_model(TfjsGraph graph) try {
    add_ends(graph);
    ov::frontend::FrontEndManager manager;
    const auto frontend = manager.load_by_framework("tf");
    if (!frontend) return Error{Fault::Unavailable, "OpenVINO's TensorFlow reader is not installed"};
    const GraphIterator::Ptr nodes = std::make_shared<Nodes>(graph);
    const auto model = frontend->convert(frontend->load(nodes));
    return arrange(*model, graph);
} catch (const std::exception& failure) {
    // The engine's message runs over many lines, the first of which names its own source file.
    return Error{Fault::Unsupported, "the engine can't read it: " + std::string(failure.what())};
}

}  // namespace mien::inference
