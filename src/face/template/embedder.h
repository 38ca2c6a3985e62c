#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "inference/model.h"
#include "types/crop.h"
#include "types/template.h"

namespace mien::face {

enum class Views {
    One,       // the crop
    Mirrored,  // the mean of the crop's template and of its mirror image's, in twice the time
};

// Makes templates of aligned crops with dlib's residual network (128 values, scaled to length 1).
// Thread rule: const calls may run at the same time.
class Embedder {
public:
    // With mirrored views the maker's pre-processing becomes another one: such templates are compared among themselves.
    // Errors: Unsupported when the model doesn't map N x 3 x 150 x 150 to N x 128.
    static Result<Embedder> make(std::shared_ptr<const inference::Model> model, Maker maker, Views views = Views::One);

    // One template for each crop, in order. Errors: the engine's; Corrupt when the network gives no finite vector.
    Result<std::vector<Template>> embed(std::span<const Crop> crops) const;

    const Maker& maker() const { return maker_; }

private:
    Embedder(std::shared_ptr<const inference::Model> model, Maker maker, Views views)
        : model_(std::move(model)), maker_(std::move(maker)), views_(views) {}
    std::shared_ptr<const inference::Model> model_;
    Maker maker_;
    Views views_;
};

// One template of several of the same subject: their mean by weight (none: all alike), scaled to length 1.
// Errors: BadInput for no template, different makers, or weights that are not one finite number of 0 or more for each,
// some above 0.
Result<Template> fuse(std::span<const Template> templates, std::span<const float> weights = {});

// Cosine of the angle between two templates of one maker, mapped to 0..1: (1 + cos) / 2.
// Errors: BadInput when the makers differ.
Result<float> similarity(const Template& a, const Template& b);

}  // namespace mien::face
