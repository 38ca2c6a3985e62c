#pragma once

#include <string>

#include "cli/output.h"
#include "types/attributes.h"

namespace mien::cli {

// {"age": …, "gender": …, "expression": …, "glasses": …, "dark_glasses": …, "mask": …, "headwear": …}, each measured or
// {"unmeasured": why}.
Json json_of(const FaceAttributes& attributes);
std::string text_of(const FaceAttributes& attributes);  // one line

}  // namespace mien::cli
