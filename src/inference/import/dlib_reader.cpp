#include "inference/import/dlib_reader.h"

#include <cmath>
#include <limits>

namespace mien::inference {

Error DlibReader::corrupt(const std::string& what) const {
    return Error{Fault::Corrupt, "dlib file: " + what + " at byte " + std::to_string(position())};
}

Result<std::int64_t> DlibReader::integer() {
    MIEN_LET(control, bytes_.number<std::uint8_t>());
    const std::size_t size = control & 0x0f;
    if (size > 8) return corrupt("an integer of " + std::to_string(size) + " bytes");
    MIEN_LET(digits, bytes_.take(size));
    std::uint64_t magnitude = 0;
    for (std::size_t i = size; i-- > 0;) magnitude = (magnitude << 8) | digits[i];
    if (magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return corrupt("an integer beyond 63 bits");
    const auto value = static_cast<std::int64_t>(magnitude);
    return (control & 0x80) != 0 ? -value : value;
}

Result<std::int64_t> DlibReader::integer(std::int64_t low, std::int64_t high, const char* what) {
    MIEN_LET(value, integer());
    if (value < low || value > high) {
        return corrupt(std::string(what) + " " + std::to_string(value) + " is outside " + std::to_string(low) + ".." +
                       std::to_string(high));
    }
    return value;
}

Result<double> DlibReader::real() {
    MIEN_LET(mantissa, integer());
    MIEN_LET(exponent, integer(-32768, 32767, "exponent"));
    constexpr std::int64_t first_special = 32000;  // dlib marks infinities and not-a-number by exponents from here on
    if (exponent >= first_special) return corrupt("a number that is not finite");
    const double value = std::ldexp(static_cast<double>(mantissa), static_cast<int>(exponent));
    constexpr double largest = 1e9;  // far beyond any weight or place; keeps later sums finite
    if (std::abs(value) > largest) return corrupt("a number beyond 1e9");
    return value;
}

Result<std::string> DlibReader::text(std::size_t longest) {
    MIEN_LET(size, integer(0, static_cast<std::int64_t>(longest), "text length"));
    MIEN_LET(part, bytes_.take(static_cast<std::uint64_t>(size)));
    return std::string(part.begin(), part.end());
}

Result<bool> DlibReader::flag() {
    MIEN_LET(letter, bytes_.number<std::uint8_t>());
    if (letter != '0' && letter != '1') return corrupt("a flag that is neither 0 nor 1");
    return letter == '1';
}

Result<ByteView> DlibReader::tensor_bytes(std::vector<std::size_t>& shape) {
    MIEN_TRY(version(2, 2, "tensor"));
    std::uint64_t count = 1;
    for (int i = 0; i < 4; ++i) {
        constexpr std::int64_t widest = std::int64_t{1} << 26;
        MIEN_LET(size, integer(0, widest, "tensor size"));
        shape.push_back(static_cast<std::size_t>(size));
        count *= static_cast<std::uint64_t>(size);
        if (count > bytes_.left() / sizeof(float) && count != 0) return corrupt("a tensor larger than the file");
    }
    return bytes_.take(count * sizeof(float));
}

Result<DlibTensor> DlibReader::tensor() {
    DlibTensor tensor;
    MIEN_LET(raw, tensor_bytes(tensor.shape));
    tensor.values.resize(raw.size() / sizeof(float));
    if (!raw.empty()) std::memcpy(tensor.values.data(), raw.data(), raw.size());
    for (const float value : tensor.values) {
        if (!std::isfinite(value)) return corrupt("a weight that is not finite");
    }
    return tensor;
}

Status DlibReader::skip_tensor() {
    std::vector<std::size_t> shape;
    MIEN_TRY(tensor_bytes(shape));
    return {};
}

Status DlibReader::skip_alias() {
    MIEN_TRY(version(1, 1, "tensor view"));
    for (int i = 0; i < 4; ++i) MIEN_TRY(integer());
    return {};
}

Status DlibReader::skip_reals(int count) {
    for (int i = 0; i < count; ++i) MIEN_TRY(real());
    return {};
}

Result<std::int64_t> DlibReader::version(std::int64_t low, std::int64_t high, const char* of) {
    MIEN_LET(found, integer());
    if (found < low || found > high) return corrupt("version " + std::to_string(found) + " of " + of + " is unknown");
    return found;
}

Result<std::int64_t> DlibReader::peek_integer() const {
    DlibReader copy = *this;
    return copy.integer();
}

}  // namespace mien::inference
