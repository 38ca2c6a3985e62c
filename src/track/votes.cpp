#include "track/votes.h"

namespace mien::track {

void Votes::add(std::string_view question, std::string_view answer, double weight) {
    if (weight > 0) questions_[std::string(question)][std::string(answer)] += weight;
}

std::optional<Votes::Outcome> Votes::outcome(std::string_view question) const {
    const auto found = questions_.find(question);
    if (found == questions_.end()) return std::nullopt;
    Outcome best;
    double all = 0;
    for (const auto& [answer, weight] : found->second) {
        all += weight;
        if (weight > best.weight) best = {answer, 0, weight};
    }
    best.share = best.weight / all;
    return best;
}

}  // namespace mien::track
