#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "eval/pieces.h"
#include "pipeline/face_pipeline.h"
#include "statistics/verification.h"
#include "types/attributes.h"

namespace mien::eval {

// What was read from one picture's largest face.
struct AttributeSample {
    std::string subject{};
    FaceAttributes attributes{};
};

// How well attributes hold to one value over the pictures of a subject. This is consistency, not accuracy: a model that
// calls everybody male is consistent.
struct AttributeConsistency {
    statistics::Interval gender{};             // share of a subject's pairs of pictures with one gender
    statistics::Interval age_spread{};         // years; mean distance from the subject's median age
    statistics::Interval gender_unmeasured{};  // share of pictures
    std::size_t pictures = 0;
    std::size_t subjects = 0;  // with two pictures or more; the others are left out
    std::size_t no_face = 0;   // pictures left out
};

// 95 % intervals by a bootstrap over subjects. Errors: BadInput when no subject has two pictures.
Result<AttributeConsistency> judge_consistency(const std::vector<AttributeSample>& samples);

// A picture's subject is its file's name up to its last underscore. Pictures that can't be read are an error.
Result<AttributeConsistency> run_consistency(const pipeline::FacePipeline& faces,
                                             const std::vector<std::filesystem::path>& files, int workers,
                                             const OnProgress& on_progress);

}  // namespace mien::eval
