#pragma once

#include <cstddef>
#include <cstdint>

namespace mien::inference {

// How the numbers of a PyTorch storage are kept in the file.
enum class TorchType : std::uint8_t { Half, BFloat16, Float, Double, Int8, UInt8, Int16, Int32, Int64, Bool };

// "float16", "int64": PyTorch's own word without "torch.".
constexpr const char* name_of(TorchType type) {
    constexpr const char* names[] = {"float16", "bfloat16", "float32", "float64", "int8",
                                     "uint8",   "int16",    "int32",   "int64",   "bool"};
    return names[static_cast<std::size_t>(type)];
}

constexpr std::size_t bytes_of(TorchType type) {
    constexpr std::size_t sizes[] = {2, 2, 4, 8, 1, 1, 2, 4, 8, 1};
    return sizes[static_cast<std::size_t>(type)];
}

}  // namespace mien::inference
