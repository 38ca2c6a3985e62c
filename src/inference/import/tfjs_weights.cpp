#include "inference/import/tfjs_weights.h"

#include <bit>
#include <optional>

#include "inference/import/half.h"

namespace mien::inference {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t most_numbers = std::uint64_t{1} << 29;

// How numbers are squeezed in the file: value = stored * scale + low.
struct Quantisation {
    enum class Stored { Uint8, Uint16, Float16 } stored = Stored::Uint8;
    double scale = 1;
    double low = 0;
};

Result<std::optional<Quantisation>> quantisation_of(const Json& weight, const std::string& name) {
    if (!weight.contains("quantization")) return std::optional<Quantisation>{};
    const Json& json = weight.at("quantization");
    const auto type = json.at("dtype").get<std::string>();
    if (type == "float16") return std::optional(Quantisation{Quantisation::Stored::Float16, 1, 0});
    Quantisation found{Quantisation::Stored::Uint8, json.at("scale").get<double>(), json.at("min").get<double>()};
    if (type == "uint16")
        found.stored = Quantisation::Stored::Uint16;
    else if (type != "uint8")
        return Error{Fault::Unsupported, "weight " + name + " is quantised as " + type + ", which is not known here"};
    return std::optional(found);
}

Result<std::size_t> count_of(const std::vector<std::size_t>& shape, const std::string& name) {
    std::uint64_t count = 1;
    for (const std::size_t size : shape) {
        if (size > most_numbers || count * size > most_numbers)
            return Error{Fault::Corrupt,
                         "weight " + name + " has more than " + std::to_string(most_numbers) + " numbers"};
        count *= size;
    }
    return static_cast<std::size_t>(count);
}

template <class Number>
void append(Bytes& bytes, Number number) {
    const auto raw = std::bit_cast<std::array<std::uint8_t, sizeof(Number)>>(number);
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}

void append_as(TfjsWeight::Type type, Bytes& bytes, double value) {
    if (type == TfjsWeight::Type::Float32) return append(bytes, static_cast<float>(value));
    const double limit = 2147483647;
    append(bytes, static_cast<std::int32_t>(std::isnan(value) ? 0 : std::clamp(std::round(value), -limit, limit)));
}

// `take` has the stored numbers one after the other.
Result<Bytes> widen(ByteReader& in, std::size_t count, TfjsWeight::Type type, const Quantisation& q) {
    const std::size_t width = q.stored == Quantisation::Stored::Uint8 ? 1 : 2;
    MIEN_LET(raw, in.take(count * width));
    ByteReader numbers(raw);
    Bytes values;
    values.reserve(count * 4);
    for (std::size_t i = 0; i < count; ++i) {
        if (width == 1) {
            append_as(type, values, *numbers.number<std::uint8_t>() * q.scale + q.low);
        } else {
            const std::uint16_t stored = *numbers.number<std::uint16_t>();
            const bool half = q.stored == Quantisation::Stored::Float16;
            append_as(type, values, half ? static_cast<double>(from_half(stored)) : stored * q.scale + q.low);
        }
    }
    return values;
}

Result<TfjsWeight::Type> type_of(const std::string& text, const std::string& name) {
    if (text == "float32") return TfjsWeight::Type::Float32;
    if (text == "int32") return TfjsWeight::Type::Int32;
    if (text == "bool") return TfjsWeight::Type::Bool;
    return Error{Fault::Unsupported, "weight " + name + " is of type " + text + ", which is not known here"};
}

Result<TfjsWeight> read_weight(const Json& json, const std::string& name, ByteReader& in) {
    TfjsWeight weight;
    MIEN_LET(type, type_of(json.at("dtype").get<std::string>(), name));
    weight.type = type;
    for (const Json& side : json.at("shape")) {
        if (!side.is_number_unsigned()) return Error{Fault::Corrupt, side.dump() + " is no side of a shape"};
        weight.shape.push_back(side.get<std::size_t>());
    }
    MIEN_LET(count, count_of(weight.shape, name));
    MIEN_LET(quantisation, quantisation_of(json, name));
    if (quantisation && type != TfjsWeight::Type::Bool) {
        MIEN_LET(values, widen(in, count, type, *quantisation));
        weight.values = std::move(values);
        return weight;
    }
    MIEN_LET(raw, in.take(count * (type == TfjsWeight::Type::Bool ? 1 : 4)));
    weight.values.assign(raw.begin(), raw.end());
    // A bool of another value than 0 or 1 has no meaning in C++.
    if (type == TfjsWeight::Type::Bool)
        for (std::uint8_t& value : weight.values) value = value != 0;
    return weight;
}

// The files of one group, one after the other.
Result<Bytes> join_files(const Json& paths, const std::vector<TfjsFile>& files) {
    Bytes all;
    for (const Json& path : paths) {
        const auto text = path.get<std::string>();
        const std::string name = text.substr(text.rfind('/') + 1);
        const auto found = std::ranges::find(files, name, &TfjsFile::name);
        if (found == files.end())
            return Error{Fault::Corrupt, "the weight file " + name + " is not among the model's files"};
        all.insert(all.end(), found->bytes.begin(), found->bytes.end());
    }
    return all;
}

}  // namespace

Result<std::map<std::string, TfjsWeight>> read_tfjs_weights(const Json& manifest, const std::vector<TfjsFile>& files) {
    std::map<std::string, TfjsWeight> weights;
    for (const Json& group : manifest) {
        MIEN_LET(bytes, join_files(group.at("paths"), files));
        ByteReader in(bytes);
        for (const Json& json : group.at("weights")) {
            const auto name = json.at("name").get<std::string>();
            auto weight = read_weight(json, name, in);
            if (!weight) return Error{weight.error().fault, "weight " + name + ": " + weight.error().message};
            weights[name] = std::move(*weight);
        }
        if (in.left() != 0)
            return Error{Fault::Corrupt,
                         "the weight files are " + std::to_string(in.left()) + " bytes longer than the model says"};
    }
    return weights;
}

}  // namespace mien::inference
