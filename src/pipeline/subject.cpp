#include "pipeline/subject.h"

#include "face/template/embedder.h"

namespace mien::pipeline {

Result<float> mean_similarity(const Template& probe, std::span<const Template> templates) {
    if (templates.empty()) return Error{Fault::BadInput, "a subject needs a picture at least"};
    double sum = 0;
    for (const Template& one : templates) {
        MIEN_LET(similarity, face::similarity(probe, one));
        sum += static_cast<double>(similarity);
    }
    return static_cast<float>(sum / static_cast<double>(templates.size()));
}

Result<float> mean_distance(std::span<const Template> templates) {
    if (templates.empty()) return Error{Fault::BadInput, "a subject needs a picture at least"};
    double sum = 0;
    for (std::size_t i = 0; i < templates.size(); ++i) {
        for (std::size_t j = i + 1; j < templates.size(); ++j) {
            MIEN_LET(similarity, face::similarity(templates[i], templates[j]));
            sum += 2 * (1 - static_cast<double>(similarity));
        }
    }
    const auto count = static_cast<double>(templates.size());
    return static_cast<float>(sum / (count * count));
}

Result<Subject> Subject::make(std::vector<Template> templates, const statistics::Calibration& calibration) {
    MIEN_LET(distance, mean_distance(templates));
    if (templates.size() > 1 && !calibration.several) {
        return Error{Fault::Unavailable,
                     "the calibration of " + calibration.maker +
                         " says nothing about several pictures of a subject: give one picture of each, or measure one "
                         "with `mien eval face-verification --write-calibration`"};
    }
    return Subject(std::move(templates), calibration.several, distance);
}

Result<float> Subject::similarity(const Template& probe) const {
    MIEN_LET(mean, mean_similarity(probe, templates_));
    return templates_.size() == 1 ? mean : statistics::as_one_picture(*several_, mean, distance_);
}

// Strangers' variance falls by what the pictures of either side take away of it, so that the distances add up.
Result<float> Subject::similarity(const Subject& probe) const {
    double sum = 0;
    for (const Template& picture : probe.templates_) {
        MIEN_LET(mean, mean_similarity(picture, templates_));
        sum += static_cast<double>(mean);
    }
    const auto mean = static_cast<float>(sum / static_cast<double>(probe.templates_.size()));
    if (templates_.size() == 1 && probe.templates_.size() == 1) return mean;
    return statistics::as_one_picture(templates_.size() > 1 ? *several_ : *probe.several_, mean,
                                      distance_ + probe.distance_);
}

Result<std::size_t> Subject::nearest(const Template& probe) const {
    std::size_t best = 0;
    float most = -1;
    for (std::size_t i = 0; i < templates_.size(); ++i) {
        MIEN_LET(similarity, face::similarity(probe, templates_[i]));
        if (similarity <= most) continue;
        most = similarity;
        best = i;
    }
    return best;
}

}  // namespace mien::pipeline
