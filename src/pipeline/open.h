#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"
#include "inference/run/engine.h"
#include "models/pull.h"
#include "pipeline/face_pipeline.h"

namespace mien::pipeline {

enum class Missing { Pull, Fail };  // models that aren't on this disk yet

struct OpenOptions {
    int lanes = 1;    // pictures analysed at the same time
    int threads = 0;  // for each lane; 0: the cores shared by the lanes
    inference::Precision precision = inference::Precision::F32;
    std::shared_ptr<std::atomic<std::int64_t>> network_ns{};  // when given, CPU time inside the networks is added to it
    face::Views views = face::Views::One;
    Missing missing = Missing::Pull;
    std::string detector = "centerface";     // a face detector's name in the catalogue
    Mesh mesh = Mesh::No;                    // Yes: opens the model of the dense mesh, too
    Attributes attributes = Attributes::No;  // Yes: opens the models of age, gender and expression, too
    models::OnProgress on_progress = [](const models::Progress&) {};
    std::function<void(const models::Plan&)> before_pull = [](const models::Plan&) {};  // told what will be fetched
};

// Opens the default pack: catalogue → verified files → loaded networks → the face path.
// Errors: NotFound or Unavailable when a model is missing, each with what to do.
Result<FacePipeline> open_face_pipeline(const OpenOptions& options);

// One model of the catalogue by name, fetched if it is missing. Errors: as above.
Result<std::unique_ptr<inference::Model>> open_model(const std::string& name, const OpenOptions& options);

}  // namespace mien::pipeline
