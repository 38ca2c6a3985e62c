#include <algorithm>
#include <cstdlib>

#include "inference/import/tfjs_graph.h"

// The input is model.json, a zero byte, and the weight file "w.bin".
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::uint8_t* middle = std::find(data, data + size, 0);
    const mien::ByteView weights(std::min(middle + 1, data + size), data + size);
    const auto graph = mien::inference::read_tfjs({data, middle}, {{"w.bin", weights}});
    if (!graph) return graph.error().message.empty() ? std::abort(), 0 : 0;
    if (graph->outputs.empty()) std::abort();
    for (const auto& [name, weight] : graph->weights) {
        std::size_t count = weight.type == mien::inference::TfjsWeight::Type::Bool ? 1 : 4;
        for (const std::size_t side : weight.shape) count *= side;
        if (count != weight.values.size()) std::abort();
    }
    return 0;
}
