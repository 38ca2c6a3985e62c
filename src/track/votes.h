#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mien::track {

// What the pictures of one track say, weighed by how much each is worth: "gender" → "female", "identity" → "anna".
// Thread rule: one owner.
class Votes {
public:
    // A weight not above 0 counts nothing.
    void add(std::string_view question, std::string_view answer, double weight);

    struct Outcome {
        std::string answer{};
        double share = 0;   // of the weight given to any answer of the question, 0..1
        double weight = 0;  // of this answer
    };
    // The heaviest answer, of equal ones the first by name. Nothing where nobody voted.
    std::optional<Outcome> outcome(std::string_view question) const;

private:
    using Answers = std::map<std::string, double, std::less<>>;
    std::map<std::string, Answers, std::less<>> questions_{};
};

}  // namespace mien::track
