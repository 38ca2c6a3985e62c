#include <cstdlib>

#include "inference/import/torch_state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto dict = mien::inference::read_state_dict({data, size});
    if (!dict) return dict.error().message.empty() ? std::abort(), 0 : 0;
    std::size_t numbers = 0;
    for (const auto& tensor : dict->tensors) {
        std::size_t count = 1;
        for (const std::size_t side : tensor.shape) count *= side;
        if (count != tensor.values.size()) std::abort();
        numbers += count;
    }
    if (dict->tensors.empty() || numbers > 2 * size + 65536) std::abort();
    return 0;
}
