#pragma once

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "inference/import/torch_type.h"

namespace mien::inference {

// A place in Pickle::nodes. Nodes name each other by place: a pickle may hold circles, and nobody owns those.
using PickleRef = std::uint32_t;

// What a pickle may name. Everything else is refused by its name: to name a function is the first step to calling it.
enum class TorchGlobal : std::uint8_t {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Size,
    Set,
    Device,
    StorageClass,
    DataType
};

struct PickleGlobal {
    TorchGlobal what = TorchGlobal::DataType;
    TorchType type = TorchType::Float;  // of a storage class
};
struct PickleSequence {  // tuple, list or set
    std::vector<PickleRef> items{};
};
struct PickleDict {
    std::vector<std::pair<PickleRef, PickleRef>> entries{};  // as they came
};
struct PickleStorage {
    std::string_view key{};
    TorchType type = TorchType::Float;
    std::uint64_t numbers = 0;
};
struct PickleTensor {  // nothing is checked yet: the nodes may be of any kind
    PickleRef storage = 0;
    PickleRef offset = 0;
    PickleRef shape = 0;
    PickleRef strides = 0;
};
struct PickleOther {};  // known and of no interest: a device, a set made by a call

// Texts, bytes and whole numbers beyond 64 bits (their bytes) are views into the file.
using PickleNode = std::variant<std::monostate, bool, std::int64_t, double, std::string_view, PickleGlobal,
                                PickleSequence, PickleDict, PickleStorage, PickleTensor, PickleOther>;

struct Pickle {
    std::vector<PickleNode> nodes{};
    PickleRef root = 0;

    const PickleNode& at(PickleRef ref) const { return nodes[ref]; }
};

// Reads one pickle (protocols 2 to 5, the binary operations) up to its end and leaves `in` behind it. Nothing is
// executed: a call the pickle asks for makes a node, or is refused. Memory is some 100 bytes for each byte read at
// most, and has a limit however long the pickle is. Errors: Unsupported, naming what it asks to call or the operation;
// Corrupt.
Result<Pickle> read_pickle(ByteReader& in);

}  // namespace mien::inference
