#include "inference/import/dlib_shape.h"

#include "inference/import/dlib_reader.h"

namespace mien::inference {
namespace {

constexpr std::int64_t most_points = 1000;
constexpr std::int64_t most_stages = 100;
constexpr std::int64_t most_trees = 10'000;
constexpr std::int64_t most_splits = 1 << 12;
constexpr std::int64_t most_pixels = 10'000;

Result<std::vector<float>> read_column(DlibReader& in, std::int64_t length) {
    // dlib writes a matrix's sizes as negative numbers.
    MIEN_LET(rows, in.integer(-2 * most_points, 0, "matrix rows"));
    MIEN_LET(columns, in.integer(-1, -1, "matrix columns"));
    (void)columns;
    if (length >= 0 && -rows != length)
        return in.corrupt("a shape of " + std::to_string(-rows) + " numbers instead of " + std::to_string(length));
    std::vector<float> values;
    for (std::int64_t i = 0; i < -rows; ++i) {
        MIEN_LET(value, in.real());
        values.push_back(static_cast<float>(value));
    }
    return values;
}

Result<ShapeTree> read_tree(DlibReader& in, std::int64_t length) {
    ShapeTree tree;
    MIEN_LET(splits, in.integer(0, most_splits, "number of splits"));
    for (std::int64_t i = 0; i < splits; ++i) {
        MIEN_LET(first, in.integer(0, most_pixels - 1, "pixel index"));
        MIEN_LET(second, in.integer(0, most_pixels - 1, "pixel index"));
        MIEN_LET(threshold, in.real());
        tree.splits.push_back(
            {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second), static_cast<float>(threshold)});
    }
    MIEN_LET(leaves, in.integer(splits + 1, splits + 1, "number of leaves"));
    for (std::int64_t i = 0; i < leaves; ++i) {
        MIEN_LET(leaf, read_column(in, length));
        tree.leaves.insert(tree.leaves.end(), leaf.begin(), leaf.end());
    }
    return tree;
}

Status read_anchors(DlibReader& in, ShapePredictor& predictor) {
    const auto points = static_cast<std::int64_t>(predictor.points());
    MIEN_LET(stages, in.integer(static_cast<std::int64_t>(predictor.stages.size()),
                                static_cast<std::int64_t>(predictor.stages.size()), "number of stages"));
    (void)stages;
    for (auto& stage : predictor.stages) {
        MIEN_LET(pixels, in.integer(0, most_pixels, "number of pixels"));
        for (std::int64_t i = 0; i < pixels; ++i) {
            MIEN_LET(anchor, in.integer(0, points - 1, "landmark index"));
            stage.anchors.push_back(static_cast<std::uint32_t>(anchor));
        }
    }
    return {};
}

Status read_deltas(DlibReader& in, ShapePredictor& predictor) {
    MIEN_TRY(in.integer(static_cast<std::int64_t>(predictor.stages.size()),
                        static_cast<std::int64_t>(predictor.stages.size()), "number of stages"));
    for (auto& stage : predictor.stages) {
        const auto pixels = static_cast<std::int64_t>(stage.anchors.size());
        MIEN_TRY(in.integer(pixels, pixels, "number of pixels"));
        for (std::int64_t i = 0; i < 2 * pixels; ++i) {
            MIEN_LET(value, in.real());
            stage.deltas.push_back(static_cast<float>(value));
        }
    }
    return {};
}

bool indices_fit(const ShapePredictor::Stage& stage) {
    for (const ShapeTree& tree : stage.trees) {
        for (const auto& split : tree.splits) {
            if (split.first >= stage.anchors.size() || split.second >= stage.anchors.size()) return false;
        }
    }
    return true;
}

bool is_full_tree(std::size_t splits) {
    return ((splits + 1) & splits) == 0;
}

}  // namespace

Result<ShapePredictor> read_dlib_shape(ByteView bytes) {
    DlibReader in(bytes);
    ShapePredictor predictor;
    MIEN_TRY(in.version(1, 1, "a shape predictor"));
    MIEN_LET(mean, read_column(in, -1));
    if (mean.size() < 4 || mean.size() % 2 != 0)
        return in.corrupt("a shape of " + std::to_string(mean.size()) + " numbers");
    predictor.mean = std::move(mean);
    const auto length = static_cast<std::int64_t>(predictor.mean.size());

    MIEN_LET(stages, in.integer(1, most_stages, "number of stages"));
    for (std::int64_t s = 0; s < stages; ++s) {
        ShapePredictor::Stage stage;
        MIEN_LET(trees, in.integer(0, most_trees, "number of trees"));
        for (std::int64_t t = 0; t < trees; ++t) {
            MIEN_LET(tree, read_tree(in, length));
            if (!is_full_tree(tree.splits.size()))
                return in.corrupt("a tree of " + std::to_string(tree.splits.size()) + " splits");
            stage.trees.push_back(std::move(tree));
        }
        predictor.stages.push_back(std::move(stage));
    }
    MIEN_TRY(read_anchors(in, predictor));
    MIEN_TRY(read_deltas(in, predictor));
    for (const auto& stage : predictor.stages) {
        if (!indices_fit(stage)) return in.corrupt("a pixel index beyond its table");
    }
    return predictor;
}

}  // namespace mien::inference
