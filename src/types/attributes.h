#pragma once

#include <array>
#include <cstddef>
#include <variant>

#include "types/measure.h"

namespace mien {

// Apparent age in years; the model holds the truth to lie between low and high with a probability of 0.8.
struct Age {
    float years = 0;
    float low = 0;
    float high = 0;
};

enum class Gender { Female, Male };

// As a model reads it from the picture; no statement on how a person sees themselves.
struct GenderReading {
    Gender value{};
    float confidence = 0;  // 0.5..1
};

enum class Expression { Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise };
inline constexpr std::size_t expression_count = 7;

// What a face shows, not what a person feels.
struct ExpressionReading {
    std::array<float, expression_count> probabilities{};  // in the order of Expression; their sum is 1
    Expression value() const;
    float confidence() const { return probabilities.at(static_cast<std::size_t>(value())); }
};

enum class Worn { No, Yes };
struct WornReading {
    Worn value{};
    float confidence = 0;  // 0.5..1
};

struct FaceAttributes {
    std::variant<Age, Unmeasured> age = Unmeasured::NotAsked;
    std::variant<GenderReading, Unmeasured> gender = Unmeasured::NotAsked;
    std::variant<ExpressionReading, Unmeasured> expression = Unmeasured::NotAsked;
    std::variant<WornReading, Unmeasured> glasses = Unmeasured::NoModel;
    std::variant<WornReading, Unmeasured> mask = Unmeasured::NoModel;
};

const char* name_of(Gender gender);
const char* name_of(Expression expression);
const char* name_of(Worn worn);

}  // namespace mien
