#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "base/result.h"
#include "cli/output.h"
#include "pipeline/face_pipeline.h"

namespace mien::cli {

// Opens the default models; tells on standard error what is fetched if something is missing.
// `network_ns`, `detector`: as in pipeline::OpenOptions.
Result<pipeline::FacePipeline> open_faces(int lanes, int threads,
                                          std::shared_ptr<std::atomic<std::int64_t>> network_ns = nullptr,
                                          pipeline::Mesh mesh = pipeline::Mesh::No,
                                          const std::string& detector = "centerface");

Json json_of(const pipeline::Face& face);
// How far a face is turned clockwise from upright, in whole quarters: 0, 90, 180 or 270 degrees.
int quarters_turned(const Pose& pose);
Json json_of(const FaceMesh& mesh);  // [[x, y, z], …]

// One template of the largest face; its quality where asked for and the mesh was opened. Errors: BadInput "no face
// found" and everything that can fail on the way.
Result<pipeline::Face> largest_face(const pipeline::FacePipeline& faces, const std::string& file,
                                    pipeline::Judge judge = pipeline::Judge::No);

}  // namespace mien::cli
