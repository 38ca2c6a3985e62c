#include <cstdlib>

#include "inference/import/dlib_net.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto net = mien::inference::read_dlib_net({data, size});
    if (!net && net.error().message.empty()) std::abort();
    return 0;
}
