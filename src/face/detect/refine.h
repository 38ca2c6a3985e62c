#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "inference/model.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// Puts five landmarks into boxes of detectors that know none: Open Model Zoo's landmarks-regression-retail-0009.
// Thread rule: const calls may run at the same time.
class Refiner {
public:
    // Errors: Unsupported when the model doesn't map 1 x 3 x 48 x 48 to ten numbers.
    static Result<Refiner> make(std::shared_ptr<const inference::Model> model);

    // Errors: the engine's.
    Result<Landmarks5> find(const Picture& picture, const Box& box) const;

private:
    explicit Refiner(std::shared_ptr<const inference::Model> model) : model_(std::move(model)) {}
    std::shared_ptr<const inference::Model> model_;
};

}  // namespace mien::face
