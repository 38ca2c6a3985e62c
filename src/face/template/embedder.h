#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "face/align/align.h"
#include "inference/model.h"
#include "types/crop.h"
#include "types/template.h"

namespace mien::face {

enum class Views {
    One,       // the crop
    Mirrored,  // the mean of the crop's template and of its mirror image's, in twice the time
};

// Which network makes the templates, and with it how a face is cut and how its pixels are given.
enum class Network {
    DlibResidual,  // dlib's residual network: N x 3 x 150 x 150, red, green, blue 0..255 → 128 values
    FaceRes,       // A. Savchenko's (face/template/faceres.h): 1 x 224 x 224 x 3 → 1024 values, beside age and gender
};

// How a network's crops are cut. FaceRes' share was chosen in docs/results.md.
Framing framing_of(Network network);

// Makes templates of aligned crops, scaled to length 1.
// Thread rule: const calls may run at the same time.
class Embedder {
public:
    // With mirrored views the maker's pre-processing becomes another one: such templates are compared among themselves.
    // Errors: Unsupported when the model doesn't map what the network's name says.
    static Result<Embedder> make(std::shared_ptr<const inference::Model> model, Maker maker, Views views = Views::One,
                                 Network network = Network::DlibResidual);

    // One template for each crop, cut by framing(), in order. Errors: BadInput for crops of another size; the
    // engine's; Corrupt when the network gives no finite vector.
    Result<std::vector<Template>> embed(std::span<const Crop> crops) const;

    const Maker& maker() const { return maker_; }
    Framing framing() const { return framing_of(network_); }

private:
    Embedder(std::shared_ptr<const inference::Model> model, Maker maker, Views views, Network network,
             std::size_t output)
        : model_(std::move(model)), maker_(std::move(maker)), views_(views), network_(network), output_(output) {}
    Result<std::vector<float>> look(const Picture& crop) const;

    std::shared_ptr<const inference::Model> model_;
    Maker maker_;
    Views views_;
    Network network_;
    std::size_t output_;  // which of the model's outputs is the template
};

// One template of several of the same subject: their mean by weight (none: all alike), scaled to length 1.
// Errors: BadInput for no template, different makers, or weights that are not one finite number of 0 or more for each,
// some above 0.
Result<Template> fuse(std::span<const Template> templates, std::span<const float> weights = {});

// Cosine of the angle between two templates of one maker, mapped to 0..1: (1 + cos) / 2.
// Errors: BadInput when the makers differ.
Result<float> similarity(const Template& a, const Template& b);

}  // namespace mien::face
