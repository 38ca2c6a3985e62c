#include "face/attributes/expression.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace mien::face {
namespace {

constexpr std::size_t side = expression_side;

// The networks' own order of classes.
constexpr std::array<Expression, expression_count> classes{
    Expression::Angry, Expression::Disgust,  Expression::Fear,   Expression::Happy,
    Expression::Sad,   Expression::Surprise, Expression::Neutral};

enum class Turned { No, Mirrored };

// Luminance as -1..1, the range that the networks were trained with.
inference::Tensor input_of(const Picture& crop, Turned turned) {
    inference::Tensor tensor{{1, side, side, 1}, std::vector<float>(side * side)};
    for (std::size_t y = 0; y < side; ++y) {
        for (std::size_t x = 0; x < side; ++x) {
            const std::uint8_t* p = crop.row(static_cast<int>(y)) + 3 * (turned == Turned::No ? x : side - 1 - x);
            const float grey = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
            tensor.values[y * side + x] = grey / 127.5f - 1;
        }
    }
    return tensor;
}

bool are_probabilities(const std::vector<float>& values) {
    const auto fits = [](float v) { return v >= -0.01f && v <= 1.01f; };
    return values.size() == expression_count && std::ranges::all_of(values, fits) &&
           std::abs(std::accumulate(values.begin(), values.end(), 0.0f) - 1) < 0.05f;
}

}  // namespace

Result<ExpressionReader> ExpressionReader::make(Models models) {
    const std::vector<std::size_t> wanted{side, side, 1};
    const auto fits = [&](const std::shared_ptr<const inference::Model>& model) {
        return model && model->inputs().size() == 1 && model->outputs().size() == 1 &&
               model->inputs()[0].shape.size() == 4 &&
               std::equal(wanted.begin(), wanted.end(), model->inputs()[0].shape.begin() + 1) &&
               !model->outputs()[0].shape.empty() && model->outputs()[0].shape.back() == expression_count;
    };
    if (models.empty() || !std::ranges::all_of(models, fits))
        return Error{Fault::Unsupported, "an expression model must map 1 x 64 x 64 x 1 to seven probabilities"};
    return ExpressionReader(std::move(models));
}

Result<ExpressionReading> ExpressionReader::read(const Picture& crop) const {
    assert(crop.width() == expression_side && crop.height() == expression_side);
    ExpressionReading mean;
    const float share = 1 / static_cast<float>(2 * models_.size());
    for (const Turned turned : {Turned::No, Turned::Mirrored}) {
        const inference::Tensor input = input_of(crop, turned);
        for (const auto& model : models_) {
            MIEN_LET(outputs, model->run({&input, 1}));
            if (!are_probabilities(outputs[0].values))
                return Error{Fault::Corrupt, "an expression network gave no probabilities"};
            for (std::size_t i = 0; i < expression_count; ++i)
                mean.probabilities.at(static_cast<std::size_t>(classes.at(i))) += share * outputs[0].values[i];
        }
    }
    return mean;
}

}  // namespace mien::face
