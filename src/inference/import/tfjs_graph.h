#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::inference {

struct TfjsType {
    std::string name{};  // as TensorFlow writes it: "DT_FLOAT"
};
struct TfjsShape {
    bool ranked = true;
    std::vector<std::int64_t> sizes{};  // -1: any
};
using TfjsAttribute = std::variant<bool, std::int64_t, float, std::string, TfjsType, TfjsShape,
                                   std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>>;

// One operation. An input is "node", "node:port" or, for order alone, "^node".
struct TfjsNode {
    std::string name{};
    std::string op{};
    std::vector<std::string> inputs{};
    std::map<std::string, TfjsAttribute> attributes{};
};

// The numbers of one constant, whatever their width in the file.
struct TfjsWeight {
    enum class Type { Float32, Int32, Bool } type = Type::Float32;
    std::vector<std::size_t> shape{};
    Bytes values{};  // little-endian
};

struct TfjsPort {
    std::string name{};    // the name that the signature gives it
    std::string tensor{};  // "node" or "node:port"
};

// A TensorFlow.js graph model: a TensorFlow graph with its constants beside it. Every input names a node that is there,
// every constant has its numbers, and nothing goes in a circle except through TensorFlow's loops.
struct TfjsGraph {
    std::vector<TfjsNode> nodes{};
    std::map<std::string, TfjsWeight> weights{};
    std::vector<TfjsPort> inputs{};   // in the order of the signature
    std::vector<TfjsPort> outputs{};  // in the order of the signature; without one, the nodes that nothing reads
};

struct TfjsFile {
    std::string name{};
    ByteView bytes{};
};

// Reads model.json with the weight files that stand beside it (in any order, found by name). Fused operations come
// apart into those of plain TensorFlow (Conv2D, BiasAdd, Relu, …); numbers of 8 and 16 bits come back as 32. Errors:
// Corrupt, or Unsupported for another kind of model or an unknown fusion.
Result<TfjsGraph> read_tfjs(ByteView json, const std::vector<TfjsFile>& files);

}  // namespace mien::inference
