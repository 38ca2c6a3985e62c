#pragma once

#include <memory>

#include "base/result.h"
#include "inference/model.h"
#include "types/mesh.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// Lays MediaPipe's mesh with attention (Grishchenko et al. 2020) on a face: lips, eyes and irises are refined by heads
// of their own. Thread rule: const calls may run at the same time.
class MeshFinder {
public:
    // Errors: Unsupported when the model is not the mesh with attention.
    static Result<MeshFinder> make(std::shared_ptr<const inference::Model> model);

    // The mesh in pixels of the picture. A confidence below 0.5 says that there is hardly a face.
    // Errors: the engine's; Corrupt when the network gives no finite numbers.
    Result<FaceMesh> find(const Picture& picture, const Landmarks5& landmarks) const;

private:
    // Where the network's outputs stand among the model's.
    struct Outputs {
        std::size_t mesh = 0;
        std::size_t lips = 0;
        std::size_t left_eye = 0;
        std::size_t right_eye = 0;
        std::size_t left_iris = 0;
        std::size_t right_iris = 0;
        std::size_t confidence = 0;
    };
    MeshFinder(std::shared_ptr<const inference::Model> model, Outputs outputs)
        : model_(std::move(model)), outputs_(outputs) {}
    Result<FaceMesh> look(const Picture& picture, const Affine& to_frame) const;
    std::shared_ptr<const inference::Model> model_;
    Outputs outputs_;
};

// The five points by the mesh: eyes as means of their lids, tip of the nose, corners of the mouth.
Landmarks5 landmarks_of(const FaceMesh& mesh);

}  // namespace mien::face
