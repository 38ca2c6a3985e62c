#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "statistics/calibration.h"
#include "types/template.h"

namespace mien::pipeline {

// The templates of one subject's pictures, compared as one: a similarity means what the 1:1 calibration says of it,
// however many pictures there are (statistics/several.h).
// Thread rule: const calls may run at the same time.
class Subject {
public:
    // Errors: BadInput without a template or for different makers; Unavailable for several templates when the
    // calibration says nothing about several pictures.
    static Result<Subject> make(std::vector<Template> templates, const statistics::Calibration& calibration);

    // 0..1. Errors: BadInput for another maker.
    Result<float> similarity(const Template& probe) const;

    // Of several pictures of one probe, each with each of these: as one picture with one. Errors: as above.
    Result<float> similarity(const Subject& probe) const;

    // Which template is the most similar one. Errors: as above.
    Result<std::size_t> nearest(const Template& probe) const;

    std::size_t pictures() const { return templates_.size(); }

private:
    Subject(std::vector<Template> templates, std::optional<statistics::Several> several, float distance)
        : templates_(std::move(templates)), several_(several), distance_(distance) {}
    std::vector<Template> templates_;
    std::optional<statistics::Several> several_;
    float distance_;
};

// Mean similarity of a probe to templates, and the mean of 1 - similarity over all ordered pairs of templates, each
// with itself, too. Errors: BadInput without a template or for different makers.
Result<float> mean_similarity(const Template& probe, std::span<const Template> templates);
Result<float> mean_distance(std::span<const Template> templates);

}  // namespace mien::pipeline
