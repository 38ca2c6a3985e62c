#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "inference/import/torch_type.h"

namespace mien::inference {

struct TorchTensor {
    std::string name{};
    TorchType type = TorchType::Float;  // in the file
    std::vector<std::size_t> shape{};   // empty: one number
    std::vector<float> values{};        // row by row; 64-bit numbers are rounded to 32-bit float
};

struct StateDict {
    std::vector<TorchTensor> tensors{};  // in the file's order, no name twice
};

// The tensors of a file torch.save wrote, in its zip format (PyTorch 1.6 on) or the one before. Nothing in it is
// executed. Tensors in dictionaries, lists and tuples within the outer one get names with dots
// ("state_dict.conv.weight"); whatever is no tensor (epoch, settings) is skipped. Numbers that are not finite come as
// they are. Memory is bounded by the file: at most two numbers for each of its bytes and 65536 more, all tensors
// together. Errors: Unsupported, naming what it asks to call or what is not read here; Corrupt.
Result<StateDict> read_state_dict(ByteView file);

}  // namespace mien::inference
