#include <cstdlib>

#include "eval/faces.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto boxes = mien::eval::read_imglab({data, size});
    if (boxes && boxes->empty()) std::abort();
    const auto noses = mien::eval::read_nose_points({data, size});
    if (!noses && noses.error().message.empty()) std::abort();
    const auto found = mien::eval::read_found({data, size});
    if (!found && found.error().message.empty()) std::abort();
    return 0;
}
