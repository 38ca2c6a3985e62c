#include "inference/import/torch_calls.h"

#include <algorithm>
#include <array>

namespace mien::inference {
namespace {

// A state dict of 10,000 tensors needs a fiftieth of this.
constexpr std::size_t most_nodes = std::size_t{1} << 22;

struct Known {
    std::string_view name;
    PickleGlobal global;
};

constexpr PickleGlobal storage_class(TorchType type) {
    return {TorchGlobal::StorageClass, type};
}

constexpr std::array known_globals{
    Known{"collections.OrderedDict", {TorchGlobal::OrderedDict}},
    Known{"torch._utils._rebuild_tensor", {TorchGlobal::RebuildTensor}},
    Known{"torch._utils._rebuild_tensor_v2", {TorchGlobal::RebuildTensor}},
    Known{"torch._utils._rebuild_parameter", {TorchGlobal::RebuildParameter}},
    Known{"torch._utils._rebuild_parameter_with_state", {TorchGlobal::RebuildParameter}},
    Known{"torch.Size", {TorchGlobal::Size}},
    Known{"torch.device", {TorchGlobal::Device}},
    Known{"__builtin__.set", {TorchGlobal::Set}},
    Known{"builtins.set", {TorchGlobal::Set}},
    Known{"torch.HalfStorage", storage_class(TorchType::Half)},
    Known{"torch.BFloat16Storage", storage_class(TorchType::BFloat16)},
    Known{"torch.FloatStorage", storage_class(TorchType::Float)},
    Known{"torch.DoubleStorage", storage_class(TorchType::Double)},
    Known{"torch.CharStorage", storage_class(TorchType::Int8)},
    Known{"torch.ByteStorage", storage_class(TorchType::UInt8)},
    Known{"torch.ShortStorage", storage_class(TorchType::Int16)},
    Known{"torch.IntStorage", storage_class(TorchType::Int32)},
    Known{"torch.LongStorage", storage_class(TorchType::Int64)},
    Known{"torch.BoolStorage", storage_class(TorchType::Bool)},
};

// What stands in a message may go to a terminal.
std::string printable(std::string_view text) {
    constexpr std::size_t longest = 120;
    std::string clean(text.substr(0, longest));
    std::ranges::replace_if(
        clean, [](char c) { return c < ' ' || c > '~'; }, '?');
    return clean;
}

bool is_data_type(std::string_view name) {
    constexpr std::string_view module = "torch.";
    if (!name.starts_with(module)) return false;
    for (auto type = TorchType::Half; type <= TorchType::Bool;
         type = static_cast<TorchType>(static_cast<int>(type) + 1))
        if (name.substr(module.size()) == name_of(type)) return true;
    return false;
}

Error corrupt(const std::string& what) {
    return Error{Fault::Corrupt, "pickle: " + what};
}

Error too_long() {
    return Error{Fault::Unsupported, "pickle: more than " + std::to_string(most_nodes) + " values"};
}

}  // namespace

Result<PickleRef> TorchCalls::add(PickleNode node) {
    if (pickle_.nodes.size() >= most_nodes) return too_long();
    pickle_.nodes.push_back(std::move(node));
    return static_cast<PickleRef>(pickle_.nodes.size() - 1);
}

Result<PickleRef> TorchCalls::global(std::string_view module, std::string_view name) {
    constexpr std::size_t longest = 200;
    const std::string whole = std::string(module.substr(0, longest)) + "." + std::string(name.substr(0, longest));
    const auto found = std::ranges::find(known_globals, whole, &Known::name);
    if (found != known_globals.end()) return add(found->global);
    if (is_data_type(whole)) return add(PickleGlobal{TorchGlobal::DataType});
    return Error{Fault::Unsupported, "it asks to call " + printable(whole) +
                                         ", which Mien never does; save model.state_dict() alone, by torch.save"};
}

Result<PickleRef> TorchCalls::make_dict(const std::vector<PickleRef>& arguments) {
    PickleDict dict;
    if (!arguments.empty()) {  // Python 2 gave the pairs here
        const auto* pairs = as<PickleSequence>(arguments.front());
        if (pairs == nullptr) return corrupt("an OrderedDict is made of what is no list");
        copied_ += pairs->items.size();  // the same list can be asked for again and again
        if (copied_ > most_nodes) return too_long();
        for (const PickleRef ref : pairs->items) {
            const auto* pair = as<PickleSequence>(ref);
            if (pair == nullptr || pair->items.size() != 2) return corrupt("an OrderedDict is made of no pairs");
            dict.entries.emplace_back(pair->items[0], pair->items[1]);
        }
    }
    return add(std::move(dict));
}

Result<PickleRef> TorchCalls::call(PickleRef callee_ref, PickleRef argument_ref) {
    const auto* callee = as<PickleGlobal>(callee_ref);
    const auto* sequence = as<PickleSequence>(argument_ref);
    if (callee == nullptr || sequence == nullptr) return corrupt("it calls what is no function");
    // A copy, since the nodes move when one is added; of no more than is looked at, since a call costs two bytes.
    const std::size_t looked_at = std::min<std::size_t>(sequence->items.size(), 4);
    const std::vector<PickleRef> arguments(sequence->items.begin(),
                                           sequence->items.begin() + static_cast<std::ptrdiff_t>(looked_at));
    const auto needs = [&](std::size_t count) { return arguments.size() >= count; };
    switch (callee->what) {
        case TorchGlobal::OrderedDict:
            return make_dict(arguments);
        case TorchGlobal::RebuildTensor:
            if (!needs(4)) return corrupt("a tensor without storage, offset, size and stride");
            return add(PickleTensor{arguments[0], arguments[1], arguments[2], arguments[3]});
        case TorchGlobal::RebuildParameter:
        case TorchGlobal::Size:
            if (!needs(1)) return corrupt("a parameter or size of nothing");
            return arguments[0];
        case TorchGlobal::Set:
        case TorchGlobal::Device:
            return add(PickleOther{});
        case TorchGlobal::StorageClass:
        case TorchGlobal::DataType:
            break;
    }
    return Error{Fault::Unsupported, "it asks to make a storage or data type by a call, which Mien never does"};
}

Result<PickleRef> TorchCalls::storage(PickleRef id) {
    const auto* parts = as<PickleSequence>(id);
    if (parts == nullptr || parts->items.size() < 5) return corrupt("a storage without class, key and size");
    const auto* word = as<std::string_view>(parts->items[0]);
    const auto* kind = as<PickleGlobal>(parts->items[1]);
    const auto* key = as<std::string_view>(parts->items[2]);
    const auto* count = as<std::int64_t>(parts->items[4]);
    if (word == nullptr || *word != "storage" || kind == nullptr || kind->what != TorchGlobal::StorageClass ||
        key == nullptr || count == nullptr || *count < 0)
        return corrupt("a storage whose class, key or size is not one");
    if (parts->items.size() > 5 && as<std::monostate>(parts->items[5]) == nullptr)
        return Error{Fault::Unsupported, "a storage that is a view into another one"};
    return add(PickleStorage{*key, kind->type, static_cast<std::uint64_t>(*count)});
}

Status TorchCalls::set_state(PickleRef object) const {
    if (as<PickleDict>(object) == nullptr)
        return Error{Fault::Unsupported, "it asks to set the state of an object, which Mien never does"};
    return {};
}

}  // namespace mien::inference
