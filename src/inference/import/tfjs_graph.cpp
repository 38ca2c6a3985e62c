#include "inference/import/tfjs_graph.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/text.h"
#include "inference/import/tfjs_unfuse.h"
#include "inference/import/tfjs_weights.h"

namespace mien::inference {
namespace {

using Json = nlohmann::ordered_json;  // the order of a signature's ports is kept

constexpr std::size_t most_nodes = 100'000;

Error corrupt(std::string what) {
    return {Fault::Corrupt, "TensorFlow.js model: " + std::move(what)};
}

// Protocol buffers write 64-bit numbers as text; some converters write them bare.
Result<std::int64_t> integer(const Json& json) {
    if (json.is_number_integer()) return json.get<std::int64_t>();
    const auto text = json.get<std::string>();
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size())
        return corrupt("'" + text + "' is not a whole number");
    return value;
}

Result<float> real(const Json& json) {
    if (json.is_number()) return json.get<float>();
    const auto text = json.get<std::string>();
    if (text == "Infinity") return std::numeric_limits<float>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<float>::infinity();
    return corrupt("'" + text + "' is not a number");
}

Result<std::string> text(const Json& json) {
    return decode_base64(json.get<std::string>());
}

Result<TfjsType> type(const Json& json) {
    if (json.is_string()) return TfjsType{json.get<std::string>()};
    constexpr std::array names{"DT_INVALID", "DT_FLOAT",  "DT_DOUBLE",    "DT_INT32", "DT_UINT8", "DT_INT16",
                               "DT_INT8",    "DT_STRING", "DT_COMPLEX64", "DT_INT64", "DT_BOOL"};
    const std::uint64_t number = json.is_number_unsigned() ? json.get<std::uint64_t>() : names.size();
    if (number >= names.size()) return corrupt("type " + json.dump() + " is not known");
    return TfjsType{names[number]};
}

Result<TfjsShape> shape(const Json& json) {
    TfjsShape found;
    found.ranked = !json.value("unknownRank", false);
    if (!json.contains("dim")) return found;
    for (const Json& dimension : json.at("dim")) {
        // A size that is left out is the protocol's default, 0.
        MIEN_LET(size, dimension.contains("size") ? integer(dimension.at("size")) : Result<std::int64_t>(0));
        if (size < -1 || size > std::numeric_limits<std::int32_t>::max())
            return corrupt("a side of " + std::to_string(size) + " in a shape");
        found.sizes.push_back(size);
    }
    if (found.sizes.size() > 16) return corrupt("a shape of " + std::to_string(found.sizes.size()) + " dimensions");
    return found;
}

template <class T>
Result<TfjsAttribute> list_of(const Json& json, Result<T> (*read)(const Json&)) {
    std::vector<T> values;
    for (const Json& item : json) {
        MIEN_LET(value, read(item));
        values.push_back(std::move(value));
    }
    return TfjsAttribute(std::move(values));
}

template <class T>
Result<TfjsAttribute> one(Result<T> value) {
    if (!value) return std::move(value).error();
    return TfjsAttribute(std::move(*value));
}

// An attribute, or nothing for kinds that no operation known here reads (empty lists, functions, lists of types …).
Result<std::optional<TfjsAttribute>> attribute(const Json& json) {
    const auto read = [&]() -> Result<TfjsAttribute> {
        if (json.contains("b")) return TfjsAttribute(json.at("b").get<bool>());
        if (json.contains("i")) return one(integer(json.at("i")));
        if (json.contains("f")) return one(real(json.at("f")));
        if (json.contains("s")) return one(text(json.at("s")));
        if (json.contains("type")) return one(type(json.at("type")));
        if (json.contains("shape")) return one(shape(json.at("shape")));
        const Json list = json.value("list", Json::object());
        if (list.contains("i")) return list_of(list.at("i"), integer);
        if (list.contains("f")) return list_of(list.at("f"), real);
        if (list.contains("s")) return list_of(list.at("s"), text);
        return Error{Fault::NotFound, {}};
    };
    auto found = read();
    if (found) return std::optional(std::move(*found));
    if (found.error().fault == Fault::NotFound) return std::optional<TfjsAttribute>{};
    return std::move(found).error();
}

Result<TfjsNode> node(const Json& json) {
    TfjsNode found{json.at("name").get<std::string>(),
                   json.at("op").get<std::string>(),
                   json.value("input", std::vector<std::string>{}),
                   {}};
    if (!json.contains("attr")) return found;
    for (const auto& [key, value] : json.at("attr").items()) {
        auto read = attribute(value);
        if (!read) return corrupt("attribute " + key + " of node " + found.name + ": " + read.error().message);
        if (*read) found.attributes.emplace(key, std::move(**read));
    }
    return found;
}

std::string_view node_of(std::string_view input) {
    if (input.starts_with('^')) input.remove_prefix(1);
    return input.substr(0, input.find(':'));
}

Status read_ports(const Json& json, std::vector<TfjsPort>& ports) {
    for (const auto& [key, value] : json.items()) {
        const std::string tensor = value.value("name", key);
        const std::string name(node_of(key));
        ports.push_back({name, tensor});
    }
    return {};
}

Status read_signature(const Json& model, TfjsGraph& graph) {
    const Json& metadata = model.contains("userDefinedMetadata") ? model.at("userDefinedMetadata") : Json::object();
    const Json signature =
        model.contains("signature") ? model.at("signature") : metadata.value("signature", Json::object());
    MIEN_TRY(read_ports(signature.value("inputs", Json::object()), graph.inputs));
    return read_ports(signature.value("outputs", Json::object()), graph.outputs);
}

// What the file's signature leaves open: every placeholder is an input, every node that nobody reads an output.
void complete_ports(TfjsGraph& graph) {
    std::unordered_map<std::string_view, bool> read;
    for (const TfjsNode& n : graph.nodes)
        for (const std::string& input : n.inputs) read[node_of(input)] = true;
    const bool signed_outputs = !graph.outputs.empty();
    for (const TfjsNode& n : graph.nodes) {
        const bool named =
            std::ranges::any_of(graph.inputs, [&](const TfjsPort& p) { return node_of(p.tensor) == n.name; });
        if (n.op == "Placeholder" && !named) graph.inputs.push_back({n.name, n.name});
        const bool leaf = !read.contains(n.name) && n.op != "Placeholder" && n.op != "NoOp" && n.op != "Const";
        if (!signed_outputs && leaf) graph.outputs.push_back({n.name, n.name});
    }
}

using Index = std::unordered_map<std::string_view, std::size_t>;

Result<Index> index_of(const TfjsGraph& graph) {
    Index index;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const TfjsNode& n = graph.nodes[i];
        if (!index.emplace(n.name, i).second) return corrupt("two nodes are named " + n.name);
        if (n.op == "Const" && !graph.weights.contains(n.name))
            return corrupt("the constant " + n.name + " has no numbers");
    }
    return index;
}

Status check_names(const TfjsGraph& graph, const Index& index) {
    for (const TfjsNode& n : graph.nodes) {
        for (const std::string& input : n.inputs) {
            if (!index.contains(node_of(input)))
                return corrupt("node " + n.name + " reads " + input + ", which is not there");
        }
    }
    for (const auto* ports : {&graph.inputs, &graph.outputs}) {
        for (const TfjsPort& port : *ports) {
            if (!index.contains(node_of(port.tensor)))
                return corrupt("the signature names " + port.tensor + ", which is not there");
        }
    }
    if (graph.outputs.empty()) return corrupt("nothing comes out of it");
    return {};
}

// TensorFlow's loops close through NextIteration; any other circle could never be computed.
Status check_circles(const TfjsGraph& graph, const Index& index) {
    std::vector<std::size_t> waits(graph.nodes.size(), 0);
    std::vector<std::vector<std::size_t>> readers(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        for (const std::string& input : graph.nodes[i].inputs) {
            const std::size_t source = index.at(node_of(input));
            if (graph.nodes[source].op == "NextIteration") continue;
            readers[source].push_back(i);
            ++waits[i];
        }
    }
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < waits.size(); ++i)
        if (waits[i] == 0) ready.push_back(i);
    std::size_t computed = 0;
    while (!ready.empty()) {
        const std::size_t i = ready.back();
        ready.pop_back();
        ++computed;
        for (const std::size_t reader : readers[i])
            if (--waits[reader] == 0) ready.push_back(reader);
    }
    return computed == graph.nodes.size() ? Status{} : corrupt("its nodes go in a circle");
}

Result<TfjsGraph> read(const Json& model, const std::vector<TfjsFile>& files) {
    if (!model.contains("modelTopology") || !model.at("modelTopology").contains("node"))
        return Error{Fault::Unsupported, "not a TensorFlow.js graph model: it has no modelTopology.node"};
    TfjsGraph graph;
    const Json& nodes = model.at("modelTopology").at("node");
    if (nodes.size() > most_nodes) return corrupt("more than " + std::to_string(most_nodes) + " nodes");
    for (const Json& json : nodes) {
        MIEN_LET(fused, node(json));
        MIEN_LET(plain, unfuse(std::move(fused)));
        std::ranges::move(plain, std::back_inserter(graph.nodes));
    }
    MIEN_LET(weights, read_tfjs_weights(model.at("weightsManifest"), files));
    graph.weights = std::move(weights);
    MIEN_TRY(read_signature(model, graph));
    complete_ports(graph);
    MIEN_LET(index, index_of(graph));
    MIEN_TRY(check_names(graph, index));
    MIEN_TRY(check_circles(graph, index));
    return graph;
}

}  // namespace

Result<TfjsGraph> read_tfjs(ByteView json, const std::vector<TfjsFile>& files) try {
    return read(Json::parse(json.begin(), json.end()), files);
} catch (const nlohmann::json::exception& failure) {
    return corrupt(failure.what());
}

}  // namespace mien::inference
