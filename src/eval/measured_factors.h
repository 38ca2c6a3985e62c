#pragma once

#include <memory>
#include <optional>

#include "inference/model.h"
#include "pipeline/face_pipeline.h"

namespace mien::eval {

// What an undegraded face shows of the factors that can't be synthesised.
struct Traits {
    Degrees yaw{};      // by the mesh, else by five landmarks
    float cheek = 0;    // mean lightness (CIE L*, 0..100) of two patches below the eyes
    float male = 0.5f;  // estimated, 0..1
};

// Estimates sex with the network `faceres` (HSE-FaceRes by A. Savchenko), for grouping errors only.
// Thread rule: const calls may run at the same time.
class SexEstimator {
public:
    // Errors: Unsupported when the model has not one picture of 224 x 224 as input and one single number among its
    // outputs.
    static Result<SexEstimator> make(std::shared_ptr<const inference::Model> model);

    // 0 female .. 1 male. Errors: the engine's.
    Result<float> male(const Picture& picture, const Landmarks5& face) const;

private:
    SexEstimator(std::shared_ptr<const inference::Model> model, std::size_t output)
        : model_(std::move(model)), output_(output) {}
    std::shared_ptr<const inference::Model> model_;
    std::size_t output_ = 0;
};

// Mean lightness (CIE L*) of a patch on each cheek: a square of a quarter of the eyes' distance, 0.6 of it below each
// eye.
float cheek_lightness(const Picture& picture, const Landmarks5& face);

Result<Traits> traits_of(const Picture& picture, const pipeline::Face& face, const SexEstimator& sex);

}  // namespace mien::eval
