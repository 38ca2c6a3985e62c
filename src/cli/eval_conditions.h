#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "eval/faces.h"
#include "pipeline/face_pipeline.h"

namespace mien::cli {

struct ConditionOptions {
    std::string marks{};
    std::string data_name{};
    std::string detector{};
    pipeline::FaceOptions wanted{};
    bool json = false;
};

// Judges the faces found in the marked pictures under every condition of eval/conditions.h and prints the table.
Result<int> eval_conditions(const ConditionOptions& options, const std::vector<eval::MarkedPicture>& marks);

}  // namespace mien::cli
