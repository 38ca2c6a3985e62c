#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::inference {

// dlib's shape predictor: a cascade of regression forests over differences of pixels (Kazemi and Sullivan 2014).
// All places are in the unit square of the face's box, x and y in turn.
struct ShapeTree {
    struct Split {
        std::uint32_t first = 0;  // index of a sampled pixel
        std::uint32_t second = 0;
        float threshold = 0;
    };
    std::vector<Split>
        splits{};  // a full binary tree: node i goes to 2i + 1 where first - second > threshold, else to 2i + 2
    std::vector<float> leaves{};  // splits.size() + 1 vectors of the shape's length, one behind the other
};

struct ShapePredictor {
    struct Stage {
        std::vector<ShapeTree> trees{};
        std::vector<std::uint32_t> anchors{};  // for each sampled pixel: the landmark that it moves with
        std::vector<float> deltas{};           // and its place beside that landmark, x and y in turn
    };
    std::vector<float> mean{};  // x and y in turn
    std::vector<Stage> stages{};
    std::size_t points() const { return mean.size() / 2; }
};

// Reads a file saved by dlib. Every index is checked, so that running it can't leave its tables.
// Errors: Corrupt with the byte.
Result<ShapePredictor> read_dlib_shape(ByteView bytes);

}  // namespace mien::inference
