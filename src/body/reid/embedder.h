#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "inference/model.h"
#include "types/geometry.h"
#include "types/picture.h"
#include "types/template.h"

namespace mien::body {

// Makes templates of people by their looks: of a network of the Open Model Zoo, or our stripes of colour and texture
// (stripes.h), which need no model. Scaled to length 1. Thread rule: const calls may run at the same time.
class BodyEmbedder {
public:
    // Errors: Unsupported when the model does not map 1 x 3 x 256 x 128 to one vector.
    static Result<BodyEmbedder> make(std::shared_ptr<const inference::Model> model, Maker maker);
    static BodyEmbedder stripes();

    // The template of the person whose box this is, clipped to the picture. Errors: BadInput for a box that does not
    // meet the picture; Corrupt when the network gives no finite vector; the engine's.
    Result<Template> embed(const Picture& picture, const Box& body) const;

    const Maker& maker() const { return maker_; }

private:
    BodyEmbedder(std::shared_ptr<const inference::Model> model, Maker maker)
        : model_(std::move(model)), maker_(std::move(maker)) {}
    std::shared_ptr<const inference::Model> model_;  // none: stripes
    Maker maker_;
};

// One template of several of the same person (a track, a multiple query): their mean, scaled to length 1.
// Errors: BadInput for none, or for templates of different makers.
Result<Template> fuse(std::span<const Template> templates);

}  // namespace mien::body
