#pragma once

#include <memory>

#include "base/result.h"
#include "inference/model.h"
#include "types/body.h"
#include "types/picture.h"

namespace mien::body {

// Finds the 17 COCO points of one person with MoveNet (Google 2021), in a square around the person's box.
// Touches nothing else. Thread rule: const calls may run at the same time.
class PoseFinder {
public:
    // Errors: Unsupported when the model does not map 1 x S x S x 3 to 1 x 1 x 17 x 3.
    static Result<PoseFinder> make(std::shared_ptr<const inference::Model> model);

    // Points in pixels of `picture`, depth 0 (MoveNet measures none); the score is the points' mean confidence.
    // Errors: BadInput for a box without area; Corrupt when the network gives no finite points; the engine's.
    Result<BodyPose> find(const Picture& picture, const Box& body) const;

private:
    PoseFinder(std::shared_ptr<const inference::Model> model, int side) : model_(std::move(model)), side_(side) {}
    std::shared_ptr<const inference::Model> model_;
    int side_;
};

}  // namespace mien::body
