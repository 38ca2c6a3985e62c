#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "inference/model.h"
#include "types/attributes.h"
#include "types/picture.h"

namespace mien::face {

inline constexpr int expression_side = 64;  // of the crop that the networks take, in pixels

// Reads seven expressions off grey crops framed as FER2013's: the mean over small Xception networks of Arriaga et al.
// (2017) and over the crop and its mirror image; their mean's confidence needs no further calibration
// (docs/results.md). Thread rule: const calls may run at the same time.
class ExpressionReader {
public:
    using Models = std::vector<std::shared_ptr<const inference::Model>>;

    // Errors: Unsupported when there is no model, or one doesn't map 1 x 64 x 64 x 1 to seven probabilities.
    static Result<ExpressionReader> make(Models models);

    // Of a crop of 64 x 64 pixels. Errors: the engine's; Corrupt when a network gives no probabilities.
    Result<ExpressionReading> read(const Picture& crop) const;

private:
    explicit ExpressionReader(Models models) : models_(std::move(models)) {}
    Models models_;
};

}  // namespace mien::face
