#include <cstdlib>

#include "models/catalogue.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto catalogue = mien::models::Catalogue::read({data, size});
    if (!catalogue) return 0;
    for (const auto& card : catalogue->cards()) {
        for (const auto& file : card.files) {
            if (file.name.find('/') != std::string::npos || file.sha256.size() != 64) std::abort();
        }
    }
    return 0;
}
