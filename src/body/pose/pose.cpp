#include "body/pose/pose.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "image/warp.h"

namespace mien::body {
namespace {

// MoveNet's own tracker crops a square 1.2 times the extent of the points that it saw before.
constexpr float margin = 1.2f;

}  // namespace

Result<PoseFinder> PoseFinder::make(std::shared_ptr<const inference::Model> model) {
    if (!model) return Error{Fault::BadInput, "the pose finder needs a model"};
    const bool one_each = model->inputs().size() == 1 && model->outputs().size() == 1;
    const bool fits = one_each && model->inputs()[0].shape.size() == 4 && model->inputs()[0].shape[1] > 0 &&
                      model->inputs()[0].shape[1] == model->inputs()[0].shape[2] && model->inputs()[0].shape[3] == 3 &&
                      model->outputs()[0].shape.size() == 4 && model->outputs()[0].shape[2] == body_point_count &&
                      model->outputs()[0].shape[3] == 3;
    if (!fits)
        return Error{Fault::Unsupported, "the pose model must take a square of red green blue and give 17 points"};
    const auto side = static_cast<int>(model->inputs()[0].shape[1]);
    return PoseFinder(std::move(model), side);
}

Result<BodyPose> PoseFinder::find(const Picture& picture, const Box& body) const {
    const float extent = std::max(body.width, body.height);
    if (!(body.area() > 0 && std::isfinite(extent)))
        return Error{Fault::BadInput, "a body's box must have an area to find its pose"};
    const float scale = margin * extent / static_cast<float>(side_);  // picture pixels in one of the crop
    const Point centre = body.centre();
    const float half = margin * extent / 2;
    // Crop and picture are measured from their corners here, half a pixel before their first pixels' centres.
    const Affine to_picture{{scale, 0, centre.x - half + (scale - 1) / 2, 0, scale, centre.y - half + (scale - 1) / 2}};
    const Picture crop = image::warp(picture, to_picture, {side_, side_});
    const auto pixels = crop.pixels();
    const auto side = static_cast<std::size_t>(side_);
    const inference::Tensor input{{1, side, side, 3}, {pixels.begin(), pixels.end()}};
    MIEN_LET(outputs, model_->run({&input, 1}));
    constexpr std::size_t numbers = 3;  // y and x as shares of the crop, confidence
    if (outputs.empty() || outputs[0].values.size() != body_point_count * numbers)
        return Error{Fault::Corrupt, "the pose network gave no 17 points"};
    BodyPose pose;
    for (std::size_t i = 0; i < body_point_count; ++i) {
        const float* v = outputs[0].values.data() + i * numbers;
        if (!(std::isfinite(v[0]) && std::isfinite(v[1]) && std::isfinite(v[2])))
            return Error{Fault::Corrupt, "the pose network gave no finite points"};
        const auto to_crop = [&](float share) { return share * static_cast<float>(side_) - 0.5f; };
        pose.points.at(i) = {to_picture({to_crop(v[1]), to_crop(v[0])}), 0, std::clamp(v[2], 0.0f, 1.0f)};
        pose.score += pose.points.at(i).confidence / static_cast<float>(body_point_count);
    }
    return pose;
}

}  // namespace mien::body
