#include "cli/attributes.h"

#include <cmath>

namespace mien::cli {
namespace {

double tenth(float value) {
    return std::round(value * 10.0) / 10;
}

std::string whole(float value) {
    return std::to_string(std::lround(value));
}

std::string percent(float share) {
    return whole(share * 100) + " %";
}

Json json_of(const Age& age) {
    return {{"years", tenth(age.years)}, {"low", tenth(age.low)}, {"high", tenth(age.high)}};
}

Json json_of(const GenderReading& gender) {
    return {{"value", name_of(gender.value)}, {"confidence", rounded(gender.confidence)}};
}

Json json_of(const WornReading& worn) {
    return {{"value", name_of(worn.value)}, {"confidence", rounded(worn.confidence)}};
}

Json json_of(const ExpressionReading& expression) {
    Json probabilities = Json::object();
    for (std::size_t i = 0; i < expression_count; ++i)
        probabilities[name_of(static_cast<Expression>(i))] = rounded(expression.probabilities.at(i));
    return {{"value", name_of(expression.value())},
            {"confidence", rounded(expression.confidence())},
            {"probabilities", probabilities}};
}

std::string text_of(const Age& age) {
    return "age " + whole(age.years) + " (" + whole(age.low) + " to " + whole(age.high) + ")";
}

std::string text_of(const GenderReading& gender) {
    return std::string(name_of(gender.value)) + " (" + percent(gender.confidence) + ")";
}

std::string text_of(const ExpressionReading& expression) {
    return std::string("expression ") + name_of(expression.value()) + " (" + percent(expression.confidence()) + ")";
}

template <class Reading>
Json json_or_why(const std::variant<Reading, Unmeasured>& value) {
    if (const auto* reading = std::get_if<Reading>(&value)) return json_of(*reading);
    return {{"unmeasured", name_of(std::get<Unmeasured>(value))}};
}

template <class Reading>
std::string text_or_why(const char* what, const std::variant<Reading, Unmeasured>& value) {
    if (const auto* reading = std::get_if<Reading>(&value)) return text_of(*reading);
    return std::string(what) + " not measured: " + name_of(std::get<Unmeasured>(value));
}

std::string worn_or_why(const char* what, const std::variant<WornReading, Unmeasured>& value) {
    if (const auto* worn = std::get_if<WornReading>(&value))
        return (worn->value == Worn::Yes ? "" : "no ") + std::string(what) + " (" + percent(worn->confidence) + ")";
    return std::string(what) + " not measured: " + name_of(std::get<Unmeasured>(value));
}

}  // namespace

Json json_of(const FaceAttributes& a) {
    return {{"age", json_or_why(a.age)},
            {"gender", json_or_why(a.gender)},
            {"expression", json_or_why(a.expression)},
            {"glasses", json_or_why(a.glasses)},
            {"dark_glasses", json_or_why(a.dark_glasses)},
            {"mask", json_or_why(a.mask)},
            {"headwear", json_or_why(a.headwear)}};
}

std::string text_of(const FaceAttributes& a) {
    return text_or_why("age", a.age) + ", " + text_or_why("gender", a.gender) + ", " +
           text_or_why("expression", a.expression) + "; " + worn_or_why("glasses", a.glasses) + ", " +
           worn_or_why("dark glasses", a.dark_glasses) + ", " + worn_or_why("mask", a.mask) + ", " +
           worn_or_why("headwear", a.headwear);
}

}  // namespace mien::cli
