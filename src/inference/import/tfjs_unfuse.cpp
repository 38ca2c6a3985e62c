#include "inference/import/tfjs_unfuse.h"

#include <array>

namespace mien::inference {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> fusions{{
    {"_FusedConv2D", "Conv2D"},
    {"FusedDepthwiseConv2dNative", "DepthwiseConv2dNative"},
    {"_FusedMatMul", "MatMul"},
}};

class Chain {
public:
    explicit Chain(std::string name) : name_(std::move(name)) {}

    const std::string& last() const { return nodes_.back().name; }

    const std::string& add(std::string op, std::vector<std::string> inputs,
                           std::map<std::string, TfjsAttribute> attributes = {{"T", TfjsType{"DT_FLOAT"}}}) {
        std::string name = name_ + "/" + op + "_" + std::to_string(nodes_.size());
        nodes_.push_back({std::move(name), std::move(op), std::move(inputs), std::move(attributes)});
        return last();
    }

    // max(x, 0) - slope * max(-x, 0), a form that the engine knows as PReLU again.
    void add_prelu(const std::string& x, const std::string& slope) {
        const std::string positive = add("Relu", {x});
        const std::string negative = add("Relu", {add("Neg", {x})});
        add("Sub", {positive, add("Mul", {negative, slope})});
    }

    std::vector<TfjsNode> finish() && {
        nodes_.back().name = std::move(name_);
        return std::move(nodes_);
    }

private:
    std::string name_;
    std::vector<TfjsNode> nodes_{};
};

template <class T>
T attribute(const TfjsNode& node, const char* name, T otherwise) {
    const auto found = node.attributes.find(name);
    const T* value = found == node.attributes.end() ? nullptr : std::get_if<T>(&found->second);
    return value ? *value : otherwise;
}

Error lacks_inputs(const TfjsNode& node) {
    return {Fault::Corrupt, node.op + " " + node.name + " lacks inputs: it has " + std::to_string(node.inputs.size())};
}

Result<std::vector<TfjsNode>> unfuse_into(std::string_view core, const TfjsNode& node) {
    Chain chain(node.name);
    if (node.inputs.size() < 2) return lacks_inputs(node);
    auto attributes = node.attributes;
    for (const char* name : {"fused_ops", "num_args", "epsilon", "leakyrelu_alpha"}) attributes.erase(name);
    chain.add(std::string(core), {node.inputs[0], node.inputs[1]}, std::move(attributes));
    std::size_t next = 2;
    for (const std::string& op : attribute<std::vector<std::string>>(node, "fused_ops", {})) {
        const bool takes_input = op == "BiasAdd" || op == "Prelu";
        if (takes_input && next >= node.inputs.size()) return lacks_inputs(node);
        const std::string x = chain.last();
        if (op == "BiasAdd") {
            chain.add(
                op, {x, node.inputs[next]},
                {{"T", TfjsType{"DT_FLOAT"}}, {"data_format", attribute<std::string>(node, "data_format", "NHWC")}});
        } else if (op == "Prelu") {
            chain.add_prelu(x, node.inputs[next]);
        } else if (op == "LeakyRelu") {
            chain.add(op, {x},
                      {{"T", TfjsType{"DT_FLOAT"}}, {"alpha", attribute<float>(node, "leakyrelu_alpha", 0.2f)}});
        } else if (op == "Relu" || op == "Relu6" || op == "Elu" || op == "Sigmoid" || op == "Tanh") {
            chain.add(op, {x});
        } else {
            return Error{Fault::Unsupported, node.name + ": " + node.op + " with " + op + " is not known here"};
        }
        next += takes_input ? 1 : 0;
    }
    return std::move(chain).finish();
}

}  // namespace

Result<std::vector<TfjsNode>> unfuse(TfjsNode node) {
    if (node.op == "Prelu") {
        if (node.inputs.size() < 2) return lacks_inputs(node);
        Chain chain(node.name);
        chain.add_prelu(node.inputs[0], node.inputs[1]);
        return std::move(chain).finish();
    }
    const auto fusion = std::ranges::find(fusions, std::string_view(node.op), &decltype(fusions)::value_type::first);
    if (fusion != fusions.end()) return unfuse_into(fusion->second, node);
    std::vector<TfjsNode> alone;
    alone.push_back(std::move(node));
    return alone;
}

}  // namespace mien::inference
