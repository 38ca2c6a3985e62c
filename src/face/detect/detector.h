#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "inference/model.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

enum class Look {
    Full,   // all faces down to min_face_pixels
    Quick,  // one coarse look first; when it finds a face, smaller ones are not searched for
};

struct DetectOptions {
    float min_score = 0.5f;    // 0..1
    int min_face_pixels = 24;  // shorter box side in the picture; smaller faces are left out, larger values are faster
    Look look = Look::Full;
};

// Finds faces and their five landmarks with CenterFace (Xu et al. 2019), anchor-free, at one or more scales of the
// picture. Touches nothing else. Thread rule: const calls may run at the same time. Zero faces is an answer, not an
// error.
class Detector {
public:
    // Errors: Unsupported when the model's outputs are not CenterFace's four maps.
    static Result<Detector> make(std::shared_ptr<const inference::Model> model);

    // Regions in pixels of `picture`, best score first. Errors: BadInput for options out of range; the engine's.
    Result<std::vector<FaceRegion>> find(const Picture& picture, const DetectOptions& options) const;

private:
    explicit Detector(std::shared_ptr<const inference::Model> model) : model_(std::move(model)) {}
    std::shared_ptr<const inference::Model> model_;
};

}  // namespace mien::face
