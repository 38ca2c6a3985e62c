#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "inference/model.h"
#include "types/body.h"
#include "types/picture.h"

namespace mien::body {

// How a detector's network takes pictures and says where people are.
enum class Codec {
    Ssd,        // blue green red 0..255; a list of boxes as shares of the input: Open Model Zoo (Liu et al. 2016)
    NanoDet,    // blue green red, standardised; classes and distributions of the four sides at strides 8, 16, 32
                // (RangiLyu/nanodet; the sides as in Li et al., Generalized Focal Loss, 2020)
    CenterNet,  // red green blue 0..255, pixel by pixel; the 100 best boxes (Zhou et al., Objects as Points, 2019)
};

struct DetectorNet {
    Codec codec{};
    Size input{};  // what the network takes, in pixels
};

// From which score on a region is taken for a person where nobody asks for another one; chosen in docs/bodies.md.
float usual_score(Codec codec);

// Tells the codec by the model's ports. Errors: Unsupported for any other network.
Result<DetectorNet> recognise(const inference::Model& model);

// The tile, at most as large as the network's input, laid into its upper left corner; the rest is black.
inference::Tensor input_of(const DetectorNet& net, const Picture& tile);

// The people among the network's answers, in pixels of its input, overlapping ones included.
// Errors: Corrupt when the outputs do not fit the network.
Result<std::vector<BodyRegion>> regions_of(const DetectorNet& net, std::span<const inference::Tensor> outputs,
                                           float min_score);

// When two boxes are taken for one person's.
struct SameBody {
    float overlap = 0.5f;  // above this intersection over union, 0..1
    float inside = 0.9f;   // or above this share of the smaller one's area within the other, 0..1: looks of different
                           // fineness tend to box a person and the same person's upper half (docs/bodies.md)
};

// Keeps the best of the regions of one person (greedy), best score first.
std::vector<BodyRegion> keep_best(std::vector<BodyRegion> regions, const SameBody& same);

}  // namespace mien::body
