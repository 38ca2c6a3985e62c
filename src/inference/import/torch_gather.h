#pragma once

#include <map>
#include <string_view>

#include "inference/import/torch_pickle.h"
#include "inference/import/torch_state.h"

namespace mien::inference {

// Bytes of the storages by their keys.
using TorchStorages = std::map<std::string_view, ByteView>;

// The tensors that hang on the pickle's root, their numbers taken out of the storages. `most_numbers` bounds all of
// them together: a view with strides of 0 or one shared a thousand times is large in memory and small in the file.
// Errors: Corrupt for tensors that reach outside their storage; Unsupported beyond the limits.
Result<StateDict> gather_tensors(const Pickle& pickle, const TorchStorages& storages, std::uint64_t most_numbers);

}  // namespace mien::inference
