#include "body/reid/embedder.h"

#include <cmath>
#include <numeric>

#include "body/crop_input.h"
#include "body/reid/stripes.h"
#include "image/resize.h"
#include "image/warp.h"

namespace mien::body {
namespace {

constexpr Size crop_size{128, 256};

Result<std::vector<float>> unit_length(std::vector<float> values) {
    const float length = std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0f));
    if (!std::isfinite(length) || length <= 0) return Error{Fault::Corrupt, "the body's network gave no finite vector"};
    for (float& value : values) value /= length;
    return values;
}

}  // namespace

Result<BodyEmbedder> BodyEmbedder::make(std::shared_ptr<const inference::Model> model, Maker maker) {
    if (!model) return Error{Fault::BadInput, "the embedder needs a model"};
    const bool one_each = model->inputs().size() == 1 && model->outputs().size() == 1;
    const std::vector<std::size_t> wanted{1, 3, crop_size.height, crop_size.width};
    if (!one_each || model->inputs()[0].shape != wanted)
        return Error{Fault::Unsupported, "the body's network must take 1 x 3 x 256 x 128 and give one vector"};
    return BodyEmbedder(std::move(model), std::move(maker));
}

BodyEmbedder BodyEmbedder::stripes() {
    return BodyEmbedder(nullptr, {"mien-stripes", "1", "stretched-48x128"});
}

Result<Template> BodyEmbedder::embed(const Picture& picture, const Box& body) const {
    if (!meets(picture, body)) return Error{Fault::BadInput, "the body's box does not meet the picture"};
    const image::Part part = image::cut(picture, body);
    if (!model_) return Template{maker_, stripes_of(part.picture)};
    const inference::Tensor input = blue_green_red(image::resize(part.picture, crop_size));
    MIEN_LET(outputs, model_->run({&input, 1}));
    if (outputs.empty()) return Error{Fault::Corrupt, "the body's network gave nothing"};
    MIEN_LET(unit, unit_length(std::move(outputs[0].values)));
    return Template{maker_, std::move(unit)};
}

Result<Template> fuse(std::span<const Template> templates) {
    if (templates.empty()) return Error{Fault::BadInput, "there is no template to fuse"};
    const Template& first = templates.front();
    std::vector<float> sum(first.values.size());
    for (const Template& one : templates) {
        if (one.maker != first.maker || one.values.size() != sum.size())
            return Error{Fault::BadInput, "templates of different makers can't be fused: make all with one model"};
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one.values[i];
    }
    MIEN_LET(unit, unit_length(std::move(sum)));
    return Template{first.maker, std::move(unit)};
}

}  // namespace mien::body
