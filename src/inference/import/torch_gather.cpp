#include "inference/import/torch_gather.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "inference/import/half.h"

namespace mien::inference {
namespace {

constexpr std::size_t most_dimensions = 32;
constexpr std::size_t most_tensors = std::size_t{1} << 16;
constexpr std::size_t most_visits = std::size_t{1} << 22;
constexpr std::size_t longest_name = 1024;
constexpr int deepest = 32;

// Where the numbers of a tensor lie in its storage: steps are counted in numbers.
struct Layout {
    std::vector<std::size_t> shape{};
    std::vector<std::size_t> strides{};
    std::size_t offset = 0;
    std::size_t count = 1;
};

template <class Stored>
float number_at(const std::uint8_t* place) {
    Stored value{};
    std::memcpy(&value, place, sizeof value);
    return static_cast<float>(value);
}

float half_at(const std::uint8_t* place) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, place, sizeof bits);
    return from_half(bits);
}

float bfloat_at(const std::uint8_t* place) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, place, sizeof bits);
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// A double beyond the range of float is an infinity: the plain conversion has no defined value.
float double_at(const std::uint8_t* place) {
    double value = 0;
    std::memcpy(&value, place, sizeof value);
    constexpr double largest = std::numeric_limits<float>::max();
    if (value > largest) return std::numeric_limits<float>::infinity();
    if (value < -largest) return -std::numeric_limits<float>::infinity();
    return static_cast<float>(value);
}

float bool_at(const std::uint8_t* place) {
    return *place != 0 ? 1.0f : 0.0f;
}

using NumberAt = float (*)(const std::uint8_t*);

NumberAt reader_of(TorchType type) {
    switch (type) {
        case TorchType::Half:
            return half_at;
        case TorchType::BFloat16:
            return bfloat_at;
        case TorchType::Float:
            return number_at<float>;
        case TorchType::Double:
            return double_at;
        case TorchType::Int8:
            return number_at<std::int8_t>;
        case TorchType::UInt8:
            return number_at<std::uint8_t>;
        case TorchType::Int16:
            return number_at<std::int16_t>;
        case TorchType::Int32:
            return number_at<std::int32_t>;
        case TorchType::Int64:
            return number_at<std::int64_t>;
        case TorchType::Bool:
            break;
    }
    return bool_at;
}

// Row after row along the last dimension; the whole layout was found inside the storage.
std::vector<float> copy_numbers(const Layout& layout, TorchType type, ByteView storage) {
    std::vector<float> values;
    values.reserve(layout.count);
    const NumberAt read = reader_of(type);
    const std::size_t width = bytes_of(type);
    const std::size_t row = layout.shape.empty() ? 1 : layout.shape.back();
    const std::size_t step = layout.shape.empty() ? 0 : layout.strides.back();
    std::vector<std::size_t> index(layout.shape.empty() ? 0 : layout.shape.size() - 1, 0);
    std::size_t place = layout.offset;
    while (values.size() < layout.count) {
        for (std::size_t i = 0; i < row; ++i) values.push_back(read(storage.data() + (place + i * step) * width));
        for (std::size_t d = index.size(); d-- > 0;) {
            place += layout.strides[d];
            if (++index[d] < layout.shape[d]) break;
            place -= layout.strides[d] * layout.shape[d];
            index[d] = 0;
        }
    }
    return values;
}

class Gatherer {
public:
    Gatherer(const Pickle& pickle, const TorchStorages& storages, std::uint64_t most_numbers)
        : pickle_(pickle), storages_(storages), numbers_left_(most_numbers) {}

    Status walk(PickleRef ref, const std::string& name, int depth = 0);
    StateDict take() { return std::move(found_); }

private:
    Status walk_dict(const PickleDict& dict, const std::string& name, int depth);
    bool is_plain(PickleRef ref) const;  // neither a tensor nor something that may hold one
    Status walk_sequence(const PickleSequence& sequence, const std::string& name, int depth);
    Status add(const PickleTensor& tensor, const std::string& name);
    Result<std::vector<std::size_t>> sizes(PickleRef ref, const std::string& name) const;
    Result<Layout> layout_of(const PickleTensor& tensor, std::uint64_t storage_numbers, const std::string& name) const;
    Result<std::size_t> count_of(const std::vector<std::size_t>& shape, const std::string& name) const;
    Result<std::string> key_text(PickleRef ref, const std::string& under) const;

    template <class Kind>
    const Kind* as(PickleRef ref) const {
        return std::get_if<Kind>(&pickle_.at(ref));
    }

    const Pickle& pickle_;
    const TorchStorages& storages_;
    std::uint64_t numbers_left_;
    std::size_t visits_ = 0;
    StateDict found_{};
    std::unordered_set<std::string> names_{};
};

Error corrupt(const std::string& name, const std::string& what) {
    return Error{Fault::Corrupt, "tensor " + name + ": " + what};
}

Error too_many(const std::string& name) {
    return Error{Fault::Unsupported, "tensor " + name +
                                         ": with it there are more numbers than a file of this size may "
                                         "make in memory"};
}

Result<std::vector<std::size_t>> Gatherer::sizes(PickleRef ref, const std::string& name) const {
    const auto* sequence = as<PickleSequence>(ref);
    if (sequence == nullptr || sequence->items.size() > most_dimensions)
        return corrupt(name, "its size or stride is not a short list of numbers");
    std::vector<std::size_t> values;
    for (const PickleRef item : sequence->items) {
        const auto* value = as<std::int64_t>(item);
        if (value == nullptr) return corrupt(name, "its size or stride is not a short list of numbers");
        if (*value < 0) return corrupt(name, "a size or stride of " + std::to_string(*value));
        values.push_back(static_cast<std::size_t>(*value));
    }
    return values;
}

Result<std::size_t> Gatherer::count_of(const std::vector<std::size_t>& shape, const std::string& name) const {
    if (std::ranges::find(shape, std::size_t{0}) != shape.end()) return std::size_t{0};
    std::uint64_t count = 1;
    for (const std::size_t size : shape) {
        if (size > numbers_left_ / count) return too_many(name);
        count *= size;
    }
    if (count > numbers_left_) return too_many(name);
    return static_cast<std::size_t>(count);
}

Result<Layout> Gatherer::layout_of(const PickleTensor& tensor, std::uint64_t storage_numbers,
                                   const std::string& name) const {
    Layout layout;
    MIEN_LET(shape, sizes(tensor.shape, name));
    MIEN_LET(strides, sizes(tensor.strides, name));
    const auto* offset = as<std::int64_t>(tensor.offset);
    if (shape.size() != strides.size() || offset == nullptr || *offset < 0)
        return corrupt(name, "its size, stride and offset don't fit each other");
    MIEN_LET(count, count_of(shape, name));
    std::uint64_t last = static_cast<std::uint64_t>(*offset);
    for (std::size_t d = 0; d < shape.size() && count > 0; ++d) {
        const std::uint64_t steps = shape[d] - 1;
        if (steps > 0 && strides[d] > storage_numbers / steps) return corrupt(name, "it reaches outside its storage");
        last += steps * strides[d];
        if (last >= storage_numbers) break;
    }
    if (count > 0 && last >= storage_numbers) return corrupt(name, "it reaches outside its storage");
    return Layout{std::move(shape), std::move(strides), static_cast<std::size_t>(*offset), count};
}

Status Gatherer::add(const PickleTensor& tensor, const std::string& name) {
    if (found_.tensors.size() >= most_tensors)
        return Error{Fault::Unsupported, "more than " + std::to_string(most_tensors) + " tensors"};
    const auto* storage = as<PickleStorage>(tensor.storage);
    if (storage == nullptr) return corrupt(name, "it has no storage");
    const auto bytes = storages_.find(storage->key);
    if (bytes == storages_.end()) return corrupt(name, "its storage is missing in the file");
    if (storage->numbers > bytes->second.size() / bytes_of(storage->type))
        return corrupt(name, "its storage is said to hold " + std::to_string(storage->numbers) + " numbers, but has " +
                                 std::to_string(bytes->second.size()) + " bytes");
    MIEN_LET(layout, layout_of(tensor, storage->numbers, name));
    if (!names_.insert(name).second) return corrupt(name, "it is there twice");
    numbers_left_ -= layout.count;
    auto values = copy_numbers(layout, storage->type, bytes->second);
    found_.tensors.push_back({name, storage->type, std::move(layout.shape), std::move(values)});
    return {};
}

Result<std::string> Gatherer::key_text(PickleRef ref, const std::string& under) const {
    if (const auto* number = as<std::int64_t>(ref)) return std::to_string(*number);
    const auto* text = as<std::string_view>(ref);
    if (text == nullptr) return Error{Fault::Unsupported, "a key under '" + under + "' is neither text nor number"};
    const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    if (text->size() > longest_name || std::ranges::any_of(*text, control))
        return Error{Fault::Corrupt, "a key under '" + under + "' is too long or has control characters"};
    return std::string(*text);
}

Status Gatherer::walk_dict(const PickleDict& dict, const std::string& name, int depth) {
    visits_ += dict.entries.size();
    for (const auto& [key, value] : dict.entries) {
        if (is_plain(value)) continue;
        MIEN_LET(text, key_text(key, name));
        MIEN_TRY(walk(value, name.empty() ? text : name + "." + text, depth + 1));
    }
    return {};
}

Status Gatherer::walk_sequence(const PickleSequence& sequence, const std::string& name, int depth) {
    visits_ += sequence.items.size();
    for (std::size_t i = 0; i < sequence.items.size(); ++i) {
        if (is_plain(sequence.items[i])) continue;
        const std::string text = std::to_string(i);
        MIEN_TRY(walk(sequence.items[i], name.empty() ? text : name + "." + text, depth + 1));
    }
    return {};
}

bool Gatherer::is_plain(PickleRef ref) const {
    return as<PickleTensor>(ref) == nullptr && as<PickleDict>(ref) == nullptr && as<PickleSequence>(ref) == nullptr;
}

// A circle ends at the depth limit, a dictionary that holds itself many times over at the visits'.
Status Gatherer::walk(PickleRef ref, const std::string& name, int depth) {
    if (depth > deepest)
        return Error{Fault::Corrupt, "it is nested more than " + std::to_string(deepest) + " deep or in a circle"};
    if (++visits_ > most_visits)
        return Error{Fault::Unsupported, "it holds more than " + std::to_string(most_visits) + " values"};
    if (name.size() > longest_name) return Error{Fault::Corrupt, "a name of " + std::to_string(name.size()) + " bytes"};
    if (const auto* tensor = as<PickleTensor>(ref)) return add(*tensor, name);
    if (const auto* dict = as<PickleDict>(ref)) return walk_dict(*dict, name, depth);
    if (const auto* sequence = as<PickleSequence>(ref)) return walk_sequence(*sequence, name, depth);
    return {};
}

}  // namespace

Result<StateDict> gather_tensors(const Pickle& pickle, const TorchStorages& storages, std::uint64_t most_numbers) {
    if (std::holds_alternative<PickleTensor>(pickle.at(pickle.root)))
        return Error{Fault::Unsupported, "it is a lone tensor without a name, not a state dict"};
    Gatherer gatherer(pickle, storages, most_numbers);
    MIEN_TRY(gatherer.walk(pickle.root, ""));
    StateDict found = gatherer.take();
    if (found.tensors.empty()) return Error{Fault::Unsupported, "there is no tensor in it"};
    return found;
}

}  // namespace mien::inference
