#include "pipeline/open.h"

#include "base/file.h"
#include "inference/timed_model.h"
#include "models/catalogue.h"
#include "models/store.h"

namespace mien::pipeline {
namespace {

constexpr const char* detector_model = "centerface";
constexpr const char* landmark_model = "dlib-landmarks5";
constexpr const char* template_model = "dlib-face-resnet";
constexpr const char* mesh_model = "facemesh-attention";

Status pull_missing(const models::Store& store, std::span<const models::Card> cards, const OpenOptions& options) {
    const models::Plan plan = models::plan_pull(store, cards);
    if (plan.items.empty() || options.missing == Missing::Fail) return {};
    options.before_pull(plan);
    MIEN_TRY(models::pull(store, cards, models::pull_options_from_environment(), options.on_progress));
    return {};
}

Result<std::unique_ptr<inference::Model>> load(const inference::Engine& engine, const models::LocalModel& local,
                                               const inference::LoadOptions& how, const OpenOptions& options) {
    MIEN_LET(model, engine.load(local, how));
    if (!options.network_ns) return model;
    return std::unique_ptr<inference::Model>(
        std::make_unique<inference::TimedModel>(std::move(model), options.network_ns));
}

}  // namespace

Result<FacePipeline> open_face_pipeline(const OpenOptions& options) {
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    MIEN_LET(detector_card, catalogue.find(detector_model));
    MIEN_LET(landmark_card, catalogue.find(landmark_model));
    MIEN_LET(template_card, catalogue.find(template_model));
    MIEN_LET(mesh_card, catalogue.find(mesh_model));
    std::vector<models::Card> cards{detector_card, landmark_card, template_card};
    if (options.mesh == Mesh::Yes) cards.push_back(mesh_card);
    MIEN_TRY(pull_missing(store, cards, options));

    const inference::LoadOptions how{options.precision, options.lanes, options.threads, store.compiled_folder()};
    MIEN_LET(engine, inference::Engine::make());
    MIEN_LET(detector_files, store.find(detector_card));
    MIEN_LET(detector_net, load(engine, detector_files, how, options));
    MIEN_LET(detector, face::Detector::make(std::move(detector_net)));

    MIEN_LET(landmark_files, store.find(landmark_card));
    MIEN_LET(landmark_bytes, read_file(landmark_files.files.front()));
    MIEN_LET(predictor, inference::read_dlib_shape(landmark_bytes));
    MIEN_LET(aligner, face::Aligner::make(std::make_shared<const inference::ShapePredictor>(std::move(predictor))));

    MIEN_LET(template_files, store.find(template_card));
    MIEN_LET(template_net, load(engine, template_files, how, options));
    MIEN_LET(embedder,
             face::Embedder::make(std::move(template_net),
                                  {template_card.name, template_card.version, "dlib-landmarks5-150"}, options.views));
    FaceParts parts{std::move(detector), std::move(aligner), std::move(embedder), {}};
    if (options.mesh == Mesh::Yes) {
        MIEN_LET(mesh_files, store.find(mesh_card));
        MIEN_LET(mesh_net, load(engine, mesh_files, how, options));
        MIEN_LET(mesh, face::MeshFinder::make(std::move(mesh_net)));
        parts.mesh = std::move(mesh);
    }
    return FacePipeline(std::move(parts));
}

Result<std::unique_ptr<inference::Model>> open_model(const std::string& name, const OpenOptions& options) {
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    MIEN_LET(card, catalogue.find(name));
    MIEN_TRY(pull_missing(store, {&card, 1}, options));
    MIEN_LET(engine, inference::Engine::make());
    MIEN_LET(files, store.find(card));
    return load(engine, files, {options.precision, options.lanes, options.threads, store.compiled_folder()}, options);
}

}  // namespace mien::pipeline
