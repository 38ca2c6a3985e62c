#pragma once

#include <vector>

#include "base/result.h"
#include "cli/output.h"
#include "image/draw.h"
#include "pipeline/body_pipeline.h"

namespace mien::cli {

// Open the models; tell on standard error what is fetched if something is missing.
Result<pipeline::BodyParts> open_bodies(const std::string& detector, pipeline::BodyPoses poses,
                                        pipeline::OpenOptions options);
Result<body::BodyEmbedder> open_embedder(const std::string& name, pipeline::OpenOptions options);

Json json_of(const pipeline::Person& person);

// A person's frame with number and score, and the limbs between points that are sure enough.
image::Mark person_mark(const pipeline::Person& person, std::size_t number);
std::vector<image::Stroke> skeleton_of(const BodyPose& pose);

}  // namespace mien::cli
