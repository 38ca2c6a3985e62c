#include "face/attributes/age_gender.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "face/template/faceres.h"

namespace mien::face {
namespace {

constexpr std::size_t side = age_gender_side;
static_assert(age_gender_side == faceres_side, "one network, one crop");
constexpr std::size_t ages = 100;  // one class a year, from 1 on

// The age below which the share `part` of the probability lies; within a class it is spread evenly.
float quantile(std::span<const float> probabilities, float part) {
    float below = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        if (below + probabilities[i] >= part && probabilities[i] > 0)
            return static_cast<float>(i) + 0.5f + (part - below) / probabilities[i];
        below += probabilities[i];
    }
    return static_cast<float>(probabilities.size()) + 0.5f;
}

std::size_t count_of(const inference::Port& port) {
    std::size_t count = 1;
    for (const std::size_t size : port.shape) count *= std::max<std::size_t>(size, 1);
    return count;
}

bool is_probability(float v) {
    return v >= -0.01f && v <= 1.01f;
}

}  // namespace

Result<AgeGenderReader> AgeGenderReader::make(std::shared_ptr<const inference::Model> model) {
    const auto which = [&](std::size_t count) {
        return static_cast<std::size_t>(std::ranges::find(model->outputs(), count, count_of) -
                                        model->outputs().begin());
    };
    const std::vector<std::size_t> wanted{side, side, 3};
    const std::size_t age_output = which(ages);
    const std::size_t male_output = which(1);
    const bool takes = model->inputs().size() == 1 && model->inputs()[0].shape.size() == 4 &&
                       std::equal(wanted.begin(), wanted.end(), model->inputs()[0].shape.begin() + 1);
    if (!takes || std::max(age_output, male_output) >= model->outputs().size())
        return Error{Fault::Unsupported,
                     "the age and gender model must map 1 x 224 x 224 x 3 to 100 ages and a gender"};
    return AgeGenderReader(std::move(model), age_output, male_output);
}

Result<AgeGenderReader::Reading> AgeGenderReader::read(const Picture& crop) const {
    assert(crop.width() == age_gender_side && crop.height() == age_gender_side);
    const inference::Tensor input = faceres_input(crop);
    MIEN_LET(outputs, model_->run({&input, 1}));
    const auto& by_age = outputs[ages_].values;
    const auto& male = outputs[male_].values;
    if (by_age.size() != ages || male.size() != 1 || !is_probability(male[0]) ||
        !std::ranges::all_of(by_age, is_probability))
        return Error{Fault::Corrupt, "the age and gender network gave no probabilities"};
    return Reading{{quantile(by_age, 0.5f), quantile(by_age, 0.1f), quantile(by_age, 0.9f)},
                   std::clamp(male[0], 0.0f, 1.0f)};
}

}  // namespace mien::face
