#include "face/attributes/reader.h"

#include <algorithm>

#include "face/attributes/frame.h"
#include "image/resize.h"
#include "image/warp.h"

namespace mien::face {
namespace {

constexpr float least_side = 24;  // of the face's frame in pixels: half of what the expression networks grew up with
constexpr float least_confidence = 0.6f;  // in a gender; its maker asks for as much

// What the age and gender network sees: more of hair and chin than the expression networks. Chosen by how often it
// holds to one gender over a subject's pictures (docs/results.md).
constexpr float age_gender_share = 1.15f;

Affine widened(const Affine& frame, float share) {
    const float start = (1 - share) / 2;
    return image::compose(frame, {{share, 0, start, 0, share, start}});
}

std::variant<GenderReading, Unmeasured> gender_of(float male) {
    const GenderReading reading{male >= 0.5f ? Gender::Male : Gender::Female, std::max(male, 1 - male)};
    if (reading.confidence < least_confidence) return Unmeasured::ModelUnsure;
    return reading;
}

}  // namespace

Result<FaceAttributes> AttributeReader::read(const Picture& picture, const Landmarks5& landmarks) const {
    FaceAttributes attributes;
    const Affine frame = expression_frame(landmarks);
    if (side_of(frame) < least_side) {
        attributes.age = Unmeasured::FaceTooSmall;
        attributes.gender = Unmeasured::FaceTooSmall;
        attributes.expression = Unmeasured::FaceTooSmall;
        return attributes;
    }
    MIEN_LET(expression, expression_.read(cut_frame(picture, frame, expression_side)));
    attributes.expression = expression;
    MIEN_LET(found, age_gender_.read(cut_frame(picture, widened(frame, age_gender_share), age_gender_side)));
    attributes.age = found.age;
    attributes.gender = gender_of(found.male);
    return attributes;
}

Result<ExpressionReading> AttributeReader::read_expression(const Picture& crop) const {
    return expression_.read(image::resize(crop, {expression_side, expression_side}));
}

}  // namespace mien::face
