#include "face/template/embedder.h"

#include <cmath>
#include <numeric>

#include "face/align/align.h"

namespace mien::face {
namespace {

void fill_planes(const Picture& picture, float* to) {
    const auto area = static_cast<std::size_t>(picture.width()) * static_cast<std::size_t>(picture.height());
    const std::span<const std::uint8_t> pixels = picture.pixels();
    for (std::size_t i = 0; i < area; ++i) {
        to[i] = pixels[3 * i];
        to[area + i] = pixels[3 * i + 1];
        to[2 * area + i] = pixels[3 * i + 2];
    }
}

Result<std::vector<float>> unit_length(std::span<const float> values) {
    const float length = std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0f));
    if (!std::isfinite(length) || length <= 0)
        return Error{Fault::Corrupt, "the template network gave no finite vector"};
    std::vector<float> unit(values.begin(), values.end());
    for (float& value : unit) value /= length;
    return unit;
}

}  // namespace

Result<Embedder> Embedder::make(std::shared_ptr<const inference::Model> model, Maker maker) {
    const std::vector<std::size_t> wanted{0, 3, crop_side, crop_side};
    const bool fits = model->inputs().size() == 1 && model->outputs().size() == 1 &&
                      model->inputs()[0].shape.size() == 4 &&
                      std::equal(wanted.begin() + 1, wanted.end(), model->inputs()[0].shape.begin() + 1);
    if (!fits)
        return Error{Fault::Unsupported, "the template model must take N x 3 x 150 x 150 and give one vector each"};
    return Embedder(std::move(model), std::move(maker));
}

Result<std::vector<Template>> Embedder::embed(std::span<const Crop> crops) const {
    constexpr std::size_t values = std::size_t{3} * crop_side * crop_side;
    std::vector<Template> made;
    // One crop a run: on CPUs a batch brings nothing here (docs/results.md), and lanes use the other cores.
    for (const Crop& crop : crops) {
        inference::Tensor input{{1, 3, crop_side, crop_side}, std::vector<float>(values)};
        fill_planes(crop.picture, input.values.data());
        MIEN_LET(outputs, model_->run({&input, 1}));
        MIEN_LET(unit, unit_length(outputs[0].values));
        made.push_back({maker_, std::move(unit)});
    }
    return made;
}

Result<float> similarity(const Template& a, const Template& b) {
    if (a.maker != b.maker || a.values.size() != b.values.size()) {
        return Error{Fault::BadInput, "templates of " + a.maker.model + " " + a.maker.version + " and " +
                                          b.maker.model + " " + b.maker.version +
                                          " can't be compared: make both with one model"};
    }
    const float cosine = std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0f);
    return std::min(1.0f, std::max(0.0f, (1 + cosine) / 2));
}

}  // namespace mien::face
