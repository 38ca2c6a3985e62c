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

// What templates are made with, as the user chose it.
struct TemplateChoice {
    std::string embedder{pipeline::default_embedder};
    int views = 1;
    pipeline::OpenOptions open(pipeline::OpenOptions wished = {}) const;
};

// The options --embedder and --views.
struct TemplateOptions {
    CLI::Option* embedder = nullptr;
    CLI::Option* views = nullptr;
};
TemplateOptions add_template_options(CLI::App& app, TemplateChoice& choice);

// The path that makes a maker's templates. Errors: Unsupported where this build can't make them any more.
Result<pipeline::FacePipeline> open_faces_for(const Maker& maker, pipeline::OpenOptions wished = {});

Json json_of(const pipeline::Face& face);
// How far a face is turned clockwise from upright, in whole quarters: 0, 90, 180 or 270 degrees.
int quarters_turned(const Pose& pose);
Json json_of(const FaceMesh& mesh);  // [[x, y, z], …]

// One template of the largest face; its quality where asked for and the mesh was opened. Errors: BadInput "no face
// found" and everything that can fail on the way.
Result<pipeline::Face> largest_face(const pipeline::FacePipeline& faces, const std::string& file,
                                    pipeline::Judge judge = pipeline::Judge::No);

}  // namespace mien::cli
