#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "base/result.h"
#include "cli/command.h"
#include "cli/output.h"
#include "pipeline/face_pipeline.h"

namespace mien::cli {

// Opens the default models; tells on standard error what is fetched if something is missing.
// `network_ns`: as in pipeline::OpenOptions.
Result<pipeline::FacePipeline> open_faces(int lanes, int threads,
                                          std::shared_ptr<std::atomic<std::int64_t>> network_ns = nullptr,
                                          pipeline::Mesh mesh = pipeline::Mesh::No,
                                          face::Views views = face::Views::One);

// The option --views: 1 or 2.
void add_views_option(CLI::App& app, int& views);
face::Views views_of(int views);

Json json_of(const pipeline::Face& face);
Json json_of(const FaceMesh& mesh);  // [[x, y, z], …]

// One template of the largest face. Errors: BadInput "no face found" and everything that can fail on the way.
Result<pipeline::Face> largest_face(const pipeline::FacePipeline& faces, const std::string& file);

}  // namespace mien::cli
