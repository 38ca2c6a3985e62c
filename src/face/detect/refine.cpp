#include "face/detect/refine.h"

#include <vector>

#include "face/detect/codec.h"
#include "image/warp.h"

namespace mien::face {
namespace {

constexpr int side = 48;
constexpr std::size_t numbers = 10;

}  // namespace

Result<Refiner> Refiner::make(std::shared_ptr<const inference::Model> model) {
    const std::vector<std::size_t> wanted{1, 3, side, side};
    const bool fits = model->inputs().size() == 1 && model->inputs()[0].shape == wanted &&
                      model->outputs().size() == 1 && model->outputs()[0].shape.size() > 1 &&
                      model->outputs()[0].shape[1] == numbers;
    if (!fits) return Error{Fault::Unsupported, "the landmark model doesn't map 1 x 3 x 48 x 48 to ten numbers"};
    return Refiner(std::move(model));
}

Result<Landmarks5> Refiner::find(const Picture& picture, const Box& box) const {
    // The border of the crop's first pixel lies on the border of the box, not their middles.
    const float across = box.width / side;
    const float down = box.height / side;
    const Affine to_frame{{across, 0, box.x + (across - 1) / 2, 0, down, box.y + (down - 1) / 2}};
    const DetectorNet net{Codec::Ssd, {.tile = {side, side}}};
    const std::vector<inference::Tensor> input{input_of(net, image::warp(picture, to_frame, {side, side}))};
    MIEN_LET(outputs, model_->run(input));
    const auto& v = outputs[0].values;
    const auto at = [&](std::size_t n) {
        return Point{box.x + v[2 * n] * box.width, box.y + v[2 * n + 1] * box.height};
    };
    return Landmarks5{at(0), at(1), at(2), at(3), at(4)};
}

}  // namespace mien::face
