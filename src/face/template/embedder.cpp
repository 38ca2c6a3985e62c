#include "face/template/embedder.h"

#include <cmath>
#include <numeric>

#include "face/align/align.h"

namespace mien::face {
namespace {

enum class Side { AsItIs, Mirrored };

void fill_planes(const Picture& picture, Side side, float* to) {
    const auto width = static_cast<std::size_t>(picture.width());
    const auto area = width * static_cast<std::size_t>(picture.height());
    const std::span<const std::uint8_t> pixels = picture.pixels();
    for (std::size_t i = 0; i < area; ++i) {
        const std::size_t column = i % width;
        const std::size_t from = 3 * (side == Side::AsItIs ? i : i - column + (width - 1 - column));
        for (std::size_t c = 0; c < 3; ++c) to[c * area + i] = pixels[from + c];
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

// One crop a run: on CPUs a batch brings nothing here (docs/results.md), and lanes use the other cores.
Result<std::vector<float>> look(const inference::Model& model, const Picture& crop, Side side) {
    constexpr std::size_t values = std::size_t{3} * crop_side * crop_side;
    inference::Tensor input{{1, 3, crop_side, crop_side}, std::vector<float>(values)};
    fill_planes(crop, side, input.values.data());
    MIEN_LET(outputs, model.run({&input, 1}));
    return unit_length(outputs[0].values);
}

}  // namespace

Result<Embedder> Embedder::make(std::shared_ptr<const inference::Model> model, Maker maker, Views views) {
    const std::vector<std::size_t> wanted{0, 3, crop_side, crop_side};
    const bool fits = model->inputs().size() == 1 && model->outputs().size() == 1 &&
                      model->inputs()[0].shape.size() == 4 &&
                      std::equal(wanted.begin() + 1, wanted.end(), model->inputs()[0].shape.begin() + 1);
    if (!fits)
        return Error{Fault::Unsupported, "the template model must take N x 3 x 150 x 150 and give one vector each"};
    if (views == Views::Mirrored) maker.preprocessing += "-mirrored";
    return Embedder(std::move(model), std::move(maker), views);
}

Result<std::vector<Template>> Embedder::embed(std::span<const Crop> crops) const {
    std::vector<Template> made;
    for (const Crop& crop : crops) {
        MIEN_LET(unit, look(*model_, crop.picture, Side::AsItIs));
        Template one{maker_, std::move(unit)};
        if (views_ == Views::Mirrored) {
            MIEN_LET(mirrored, look(*model_, crop.picture, Side::Mirrored));
            const std::array both{std::move(one), Template{maker_, std::move(mirrored)}};
            MIEN_LET(fused, fuse(both));
            one = std::move(fused);
        }
        made.push_back(std::move(one));
    }
    return made;
}

Result<Template> fuse(std::span<const Template> templates, std::span<const float> weights) {
    if (templates.empty()) return Error{Fault::BadInput, "there is no template to fuse"};
    if (!weights.empty() && weights.size() != templates.size()) {
        return Error{Fault::BadInput, std::to_string(weights.size()) + " weights for " +
                                          std::to_string(templates.size()) + " templates"};
    }
    const Template& first = templates.front();
    std::vector<float> sum(first.values.size());
    float total = 0;
    for (std::size_t i = 0; i < templates.size(); ++i) {
        const Template& one = templates[i];
        if (one.maker != first.maker || one.values.size() != sum.size())
            return Error{Fault::BadInput, "templates of different makers can't be fused: make all with one model"};
        const float weight = weights.empty() ? 1 : weights[i];
        if (!(weight >= 0 && std::isfinite(weight)))
            return Error{Fault::BadInput, "a template's weight must be 0 or more, got " + std::to_string(weight)};
        total += weight;
        for (std::size_t v = 0; v < sum.size(); ++v) sum[v] += weight * one.values[v];
    }
    if (total <= 0) return Error{Fault::BadInput, "all templates to fuse weigh 0"};
    MIEN_LET(unit, unit_length(sum));
    return Template{first.maker, std::move(unit)};
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
