#include "face/template/embedder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "face/template/faceres.h"

namespace mien::face {
namespace {

Picture mirrored(const Picture& from) {
    Picture to(from.size());
    for (int y = 0; y < from.height(); ++y) {
        for (int x = 0; x < from.width(); ++x)
            std::copy_n(from.row(y) + std::ptrdiff_t{3} * (from.width() - 1 - x), 3, to.row(y) + std::ptrdiff_t{3} * x);
    }
    return to;
}

// Red, green, blue as they are, a plane each.
inference::Tensor dlib_input(const Picture& crop) {
    constexpr std::size_t area = std::size_t{crop_side} * crop_side;
    inference::Tensor input{{1, 3, crop_side, crop_side}, std::vector<float>(3 * area)};
    const std::span<const std::uint8_t> pixels = crop.pixels();
    for (std::size_t i = 0; i < area; ++i)
        for (std::size_t c = 0; c < 3; ++c) input.values[c * area + i] = pixels[3 * i + c];
    return input;
}

Result<std::vector<float>> unit_length(std::span<const float> values) {
    const float length = std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0f));
    if (!std::isfinite(length) || length <= 0)
        return Error{Fault::Corrupt, "the template network gave no finite vector"};
    std::vector<float> unit(values.begin(), values.end());
    for (float& value : unit) value /= length;
    return unit;
}

bool takes(const inference::Model& model, std::array<std::size_t, 3> each) {
    return model.inputs().size() == 1 && model.inputs()[0].shape.size() == 4 &&
           std::equal(each.begin(), each.end(), model.inputs()[0].shape.begin() + 1);
}

std::size_t values_of(const inference::Port& port) {
    return port.shape.empty() ? 0 : port.shape.back();
}

// The output that is the template. Errors: Unsupported.
Result<std::size_t> template_output(const inference::Model& model, Network network) {
    switch (network) {
        case Network::DlibResidual:
            if (takes(model, {3, crop_side, crop_side}) && model.outputs().size() == 1) return 0;
            return Error{Fault::Unsupported, "the template model must take N x 3 x 150 x 150 and give one vector each"};
        case Network::FaceRes: {
            const auto found = std::ranges::find(model.outputs(), faceres_values, values_of);
            if (takes(model, {faceres_side, faceres_side, 3}) && found != model.outputs().end())
                return static_cast<std::size_t>(found - model.outputs().begin());
            return Error{Fault::Unsupported,
                         "the template model must take 1 x 224 x 224 x 3 and give 1024 values among its outputs"};
        }
    }
    return Error{Fault::Bug, "a template network without a recipe"};
}

}  // namespace

Framing framing_of(Network network) {
    switch (network) {
        case Network::DlibResidual:
            return {};
        case Network::FaceRes:
            return {faceres_side, 1.05f};
    }
    return {};
}

Result<Embedder> Embedder::make(std::shared_ptr<const inference::Model> model, Maker maker, Views views,
                                Network network) {
    MIEN_LET(output, template_output(*model, network));
    if (views == Views::Mirrored) maker.preprocessing += "-mirrored";
    return Embedder(std::move(model), std::move(maker), views, network, output);
}

// One crop a run: on CPUs a batch brings nothing here (docs/results.md), and lanes use the other cores.
Result<std::vector<float>> Embedder::look(const Picture& crop) const {
    const inference::Tensor input = network_ == Network::FaceRes ? faceres_input(crop) : dlib_input(crop);
    MIEN_LET(outputs, model_->run({&input, 1}));
    return unit_length(outputs[output_].values);
}

Result<std::vector<Template>> Embedder::embed(std::span<const Crop> crops) const {
    std::vector<Template> made;
    const int side = framing().side;
    for (const Crop& crop : crops) {
        const Picture& picture = crop.picture;
        if (picture.width() != side || picture.height() != side)
            return Error{Fault::BadInput, "a crop for " + maker_.model + " has " + std::to_string(side) +
                                              " pixels a side, not " + std::to_string(picture.width()) + " x " +
                                              std::to_string(picture.height())};
        MIEN_LET(unit, look(picture));
        Template one{maker_, std::move(unit)};
        if (views_ == Views::Mirrored) {
            MIEN_LET(turned, look(mirrored(picture)));
            const std::array both{std::move(one), Template{maker_, std::move(turned)}};
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
