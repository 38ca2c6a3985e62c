#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/store.h"

namespace mien::cli {

// identify against a gallery of the store: each look-up is written to the audit chain before its answer is given.
struct GalleryLook {
    StoreChoice store{};
    std::string gallery{};
    std::vector<std::string> pictures{};
    int top = 5;
    std::optional<double> fmr{};  // none: the threshold that mien calibrate kept, else the default rate
};
Result<int> identify_in_gallery(const GalleryLook& look);

}  // namespace mien::cli
