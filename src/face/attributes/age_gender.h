#pragma once

#include <memory>

#include "base/result.h"
#include "inference/model.h"
#include "types/attributes.h"
#include "types/picture.h"

namespace mien::face {

inline constexpr int age_gender_side = 224;  // of the crop that the network takes, in pixels

// Reads apparent age and gender by Savchenko's multi-output network. Thread rule: const calls may run at the same time.
class AgeGenderReader {
public:
    // Errors: Unsupported when the model doesn't map 1 x 224 x 224 x 3 to 100 ages and one gender.
    static Result<AgeGenderReader> make(std::shared_ptr<const inference::Model> model);

    struct Reading {
        Age age{};
        float male = 0;  // probability
    };
    // Of a crop of 224 x 224 pixels. Errors: the engine's; Corrupt when the network gives no probabilities.
    Result<Reading> read(const Picture& crop) const;

private:
    AgeGenderReader(std::shared_ptr<const inference::Model> model, std::size_t ages, std::size_t male)
        : model_(std::move(model)), ages_(ages), male_(male) {}
    std::shared_ptr<const inference::Model> model_;
    std::size_t ages_;  // which output it is
    std::size_t male_;
};

}  // namespace mien::face
