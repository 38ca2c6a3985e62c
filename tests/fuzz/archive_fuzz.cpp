#include <cstdlib>

#include "models/archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint64_t limit = 1 << 16;
    const auto member = mien::models::extract_member({data, size}, "package/model.bin", limit);
    if (member && member->size() > limit) std::abort();
    const auto content = mien::models::unpack_bzip2({data, size}, limit);
    if (content && content->size() > limit) std::abort();
    return 0;
}
