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

// How probable it is that something is worn over a face, 0..1, or why that can't be said.
struct Coverings {
    Measure glasses = Unmeasured::NotAsked;       // of any kind, clear or dark
    Measure dark_glasses = Unmeasured::NotAsked;  // or something else that hides both eyes
    Measure mask = Unmeasured::NotAsked;          // or a scarf: over mouth and nose
    Measure headwear = Unmeasured::NotAsked;      // down to the forehead
};

struct FaceAttributes {
    std::variant<Age, Unmeasured> age = Unmeasured::NotAsked;
    std::variant<GenderReading, Unmeasured> gender = Unmeasured::NotAsked;
    std::variant<ExpressionReading, Unmeasured> expression = Unmeasured::NotAsked;
    std::variant<WornReading, Unmeasured> glasses = Unmeasured::NotAsked;
    std::variant<WornReading, Unmeasured> dark_glasses = Unmeasured::NotAsked;
    std::variant<WornReading, Unmeasured> mask = Unmeasured::NotAsked;
    std::variant<WornReading, Unmeasured> headwear = Unmeasured::NotAsked;
};

const char* name_of(Gender gender);
const char* name_of(Expression expression);
const char* name_of(Worn worn);

}  // namespace mien
