#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::inference {

// A block of numbers as dlib stores it: samples, channels, rows, columns.
struct DlibTensor {
    std::vector<std::size_t> shape{};
    std::vector<float> values{};
};

// The elements of dlib's serialisation (dlib/serialize.h): packed integers, floats as mantissa and exponent, texts,
// flags, tensors. Every read is checked; nothing is allocated beyond what the bytes hold.
class DlibReader {
public:
    explicit DlibReader(ByteView bytes) : bytes_(bytes) {}

    Result<std::int64_t> integer();
    Result<std::int64_t> integer(std::int64_t low, std::int64_t high, const char* what);
    Result<double> real();
    Result<std::string> text(std::size_t longest);
    Result<bool> flag();
    Result<DlibTensor> tensor();
    Status skip_tensor();
    Status skip_alias();  // a view into another tensor: four sizes
    Status skip_reals(int count);

    // The version number of a class; Corrupt unless it is within low..high.
    Result<std::int64_t> version(std::int64_t low, std::int64_t high, const char* of);

    // Looks without moving on.
    Result<std::int64_t> peek_integer() const;

    std::size_t position() const { return bytes_.position(); }
    std::size_t left() const { return bytes_.left(); }
    Error corrupt(const std::string& what) const;

private:
    Result<ByteView> tensor_bytes(std::vector<std::size_t>& shape);
    ByteReader bytes_;
};

}  // namespace mien::inference
