#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/gallery_look.h"

namespace mien::cli {

enum class Pictures { OfAnybody, OfOnePerson };  // OfOnePerson: looked up together, as one

// identify against a gallery of the store: the largest face of each picture. Each look-up is written to the audit chain
// before its answer is given.
Result<int> identify_in_gallery(const LookWish& wish, const std::vector<std::string>& pictures, Pictures of);

// What both identify and search do with their pictures: the probes of each are given to `look_up`, one after the other,
// and what fails is reported and added to `searches`. Gives the exit code.
Result<int> for_each_probe(const GalleryLook& look, const std::vector<std::string>& pictures, Pictures of,
                           pipeline::Faces which, Json& searches,
                           const std::function<Result<int>(const Probe&)>& look_up);

}  // namespace mien::cli
