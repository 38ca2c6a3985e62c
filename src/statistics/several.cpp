#include "statistics/several.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace mien::statistics {
namespace {

// Beyond this the pictures hardly show one subject; nothing like it was seen when the slope was chosen.
constexpr double least_spread = 0.5;
constexpr std::size_t fewest_subjects = 30;
constexpr std::size_t most_pictures = 5;

double spread_of(double slope, double distance) {
    return std::sqrt(std::max(least_spread * least_spread, 1 - slope * distance));
}

struct Claim {
    double fmr = 0;
    double threshold = 0;  // of one picture
};

std::vector<Claim> claims_of(std::span<const float> one) {
    std::vector<float> sorted(one.begin(), one.end());
    std::ranges::sort(sorted, std::greater{});
    std::vector<Claim> claims;
    for (const double fmr : {1e-2, 5e-3, 2e-3})
        claims.push_back({fmr, sorted[static_cast<std::size_t>(fmr * static_cast<double>(sorted.size() - 1))]});
    return claims;
}

double centre_of(std::span<const float> one) {
    const auto count = static_cast<double>(one.size());
    double sum = 0;
    double squares = 0;
    for (const float s : one) sum += static_cast<double>(s);
    const double mean = sum / count;
    for (const float s : one) squares += (static_cast<double>(s) - mean) * (static_cast<double>(s) - mean);
    return mean + std::sqrt(squares / count);
}

using ByPictures = std::map<std::size_t, std::vector<const Gathered*>>;

// How far strangers' rates lie from the claims; each subject's strangers are sorted.
double error_of(const ByPictures& groups, const std::vector<Claim>& claims, const Several& several) {
    double error = 0;
    for (const auto& [pictures, subjects] : groups) {
        for (const Claim& claim : claims) {
            double passed = 0;
            double all = 0;
            for (const Gathered* subject : subjects) {
                const double spread = spread_of(several.slope, static_cast<double>(subject->distance));
                const auto from = static_cast<float>(several.centre + (claim.threshold - several.centre) * spread);
                const auto first = std::ranges::lower_bound(subject->strangers, from);
                passed += static_cast<double>(subject->strangers.end() - first);
                all += static_cast<double>(subject->strangers.size());
            }
            const double logarithm = std::log(std::max(passed, 0.5) / all / claim.fmr);
            error += logarithm * logarithm;
        }
    }
    return error;
}

}  // namespace

float as_one_picture(const Several& several, float mean_similarity, float distance) {
    const double spread = spread_of(several.slope, static_cast<double>(distance));
    const double stretched = several.centre + (static_cast<double>(mean_similarity) - several.centre) / spread;
    return static_cast<float>(std::clamp(stretched, 0.0, 1.0));
}

std::optional<Several> fit_several(std::span<const float> one, std::span<const Gathered> gathered) {
    std::vector<Gathered> sorted(gathered.begin(), gathered.end());
    ByPictures groups;
    for (Gathered& subject : sorted) {
        std::ranges::sort(subject.strangers);
        const bool counts = subject.pictures >= 2 && subject.pictures <= most_pictures && !subject.strangers.empty();
        if (counts) groups[subject.pictures].push_back(&subject);
    }
    std::erase_if(groups, [](const auto& group) { return group.second.size() < fewest_subjects; });
    if (groups.empty() || one.empty()) return std::nullopt;
    const std::vector<Claim> claims = claims_of(one);
    Several best{centre_of(one), 0};
    double least = error_of(groups, claims, best);
    constexpr int steps = 48;
    for (int step = 1; step <= steps; ++step) {
        const Several tried{best.centre, 0.5 * step};
        const double error = error_of(groups, claims, tried);
        if (error >= least) continue;
        least = error;
        best = tried;
    }
    return best;
}

}  // namespace mien::statistics
