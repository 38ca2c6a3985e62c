#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/run/engine.h"
#include "models/pull.h"
#include "pipeline/face_pipeline.h"

namespace mien::pipeline {

enum class Missing { Pull, Fail };  // models that aren't on this disk yet

// Names in the catalogue of the networks that templates can be made with; the default one first.
inline constexpr std::string_view default_embedder = "dlib-face-resnet";
std::vector<std::string> embedders();

struct OpenOptions {
    int lanes = 1;    // pictures analysed at the same time
    int threads = 0;  // for each lane; 0: the cores shared by the lanes
    inference::Precision precision = inference::Precision::F32;
    std::shared_ptr<std::atomic<std::int64_t>> network_ns{};  // when given, CPU time inside the networks is added to it
    Missing missing = Missing::Pull;
    std::string detector = "centerface";     // a face detector's name in the catalogue
    Mesh mesh = Mesh::No;                    // Yes: opens the model of the dense mesh, too
    Attributes attributes = Attributes::No;  // Yes: opens the models of age, gender and expression, too
    std::string embedder{default_embedder};  // which network makes templates: one of embedders()
    face::Views views = face::Views::One;    // what a template is made of
    models::OnProgress on_progress = [](const models::Progress&) {};
    std::function<void(const models::Plan&)> before_pull = [](const models::Plan&) {};  // told what will be fetched
};

// Opens the default pack: catalogue → verified files → loaded networks → the face path.
// Errors: NotFound or Unavailable when a model is missing, each with what to do.
Result<FacePipeline> open_face_pipeline(const OpenOptions& options);

// With the embedder and views that made a maker's templates, whatever else is wished; compare the opened path's maker
// with the given one: a catalogue of another version makes other templates. Errors: Unsupported for a maker that no
// embedder here makes.
Result<OpenOptions> options_for(const Maker& maker, OpenOptions wished = {});

// One model of the catalogue by name, fetched if it is missing. Errors: as above.
Result<std::unique_ptr<inference::Model>> open_model(const std::string& name, const OpenOptions& options);

}  // namespace mien::pipeline
