#pragma once

#include <optional>

#include "base/result.h"
#include "cli/command.h"
#include "cli/output.h"
#include "pipeline/face_pipeline.h"
#include "pipeline/open.h"

namespace mien::cli {

// Opens the models; tells on standard error what is fetched if something is missing.
Result<pipeline::FacePipeline> open_faces(pipeline::OpenOptions options);

// The option --views: 1 or 2.
void add_views_option(CLI::App& app, int& views);
face::Views views_of(int views);
face::Views views_for(const Maker& maker);  // those that a maker's templates were made with

Json json_of(const pipeline::Face& face);
// How far a face is turned clockwise from upright, in whole quarters: 0, 90, 180 or 270 degrees.
int quarters_turned(const Pose& pose);
Json json_of(const FaceMesh& mesh);  // [[x, y, z], …]

// One template of the largest face; its quality where asked for and the mesh was opened. Errors: BadInput "no face
// found" and everything that can fail on the way.
Result<pipeline::Face> largest_face(const pipeline::FacePipeline& faces, const std::string& file,
                                    pipeline::Judge judge = pipeline::Judge::No);

}  // namespace mien::cli
