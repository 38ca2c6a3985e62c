#include "pipeline/body_likeness.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace mien::pipeline {
namespace {

struct Measured {
    std::string_view model{};
    std::string_view version{};
    std::string_view preprocessing{};
    BodyLikeness likeness{};
};

// alike, same_again, same_visitor by:
//   mien simulate crowd -o crowd/ --seed 11 --people 80 --cameras 1 --seconds 0.2 --archive makehuman-cc0.tar.xz
//     --reid reid/
//   mien eval reid reid/ --model NAME --thresholds
// The stripes' 0.974 for visitors matched 4 % of the people on vtest.avi who are seen there at the same time.
constexpr std::array measured{
    Measured{"omz-person-reidentification-retail-0277", "2023.0", "stretched-128x256", {0.497F, 0.644F, 0.685F}},
    Measured{"omz-person-reidentification-retail-0286", "2023.0", "stretched-128x256", {0.505F, 0.653F, 0.702F}},
    Measured{"omz-person-reidentification-retail-0287", "2023.0", "stretched-128x256", {0.497F, 0.648F, 0.701F}},
    Measured{"omz-person-reidentification-retail-0288", "2023.0", "stretched-128x256", {0.546F, 0.683F, 0.726F}},
    Measured{"mien-stripes", "1", "stretched-48x128", {0.938F, 0.962F, {}}},
};

}  // namespace

std::optional<BodyLikeness> body_likeness(const Maker& maker) {
    const auto found = std::ranges::find_if(measured, [&](const Measured& one) {
        return one.model == maker.model && one.version == maker.version && one.preprocessing == maker.preprocessing;
    });
    if (found == measured.end()) return std::nullopt;
    return found->likeness;
}

}  // namespace mien::pipeline
