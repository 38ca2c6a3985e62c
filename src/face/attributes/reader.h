#pragma once

#include "base/result.h"
#include "face/attributes/age_gender.h"
#include "face/attributes/expression.h"
#include "types/attributes.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// All attributes of a face. Touches nothing else. Thread rule: const calls may run at the same time.
class AttributeReader {
public:
    AttributeReader(AgeGenderReader age_gender, ExpressionReader expression)
        : age_gender_(std::move(age_gender)), expression_(std::move(expression)) {}

    // Of the face with these landmarks; what can't be read says why. Errors: the networks'.
    Result<FaceAttributes> read(const Picture& picture, const Landmarks5& landmarks) const;

    // The expression of a picture that is a face's crop itself, framed as FER2013's. Errors: the network's.
    Result<ExpressionReading> read_expression(const Picture& crop) const;

private:
    AgeGenderReader age_gender_;
    ExpressionReader expression_;
};

}  // namespace mien::face
