#include "types/attributes.h"

#include <algorithm>

namespace mien {

Expression ExpressionReading::value() const {
    return static_cast<Expression>(std::ranges::max_element(probabilities) - probabilities.begin());
}

const char* name_of(Gender gender) {
    switch (gender) {
        case Gender::Female:
            return "female";
        case Gender::Male:
            return "male";
    }
    return "female";
}

const char* name_of(Expression expression) {
    switch (expression) {
        case Expression::Angry:
            return "angry";
        case Expression::Disgust:
            return "disgust";
        case Expression::Fear:
            return "fear";
        case Expression::Happy:
            return "happy";
        case Expression::Neutral:
            return "neutral";
        case Expression::Sad:
            return "sad";
        case Expression::Surprise:
            return "surprise";
    }
    return "neutral";
}

const char* name_of(Worn worn) {
    switch (worn) {
        case Worn::No:
            return "no";
        case Worn::Yes:
            return "yes";
    }
    return "no";
}

}  // namespace mien
