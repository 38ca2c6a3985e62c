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

// mien simulate crowd --seed 11 --people 150 --archive makehuman-cc0.tar.xz --reid DIR; mien eval reid DIR --thresholds
constexpr std::array measured{
    Measured{"omz-person-reidentification-retail-0277", "2023.0", "stretched-128x256", {0, 0}},
    Measured{"omz-person-reidentification-retail-0286", "2023.0", "stretched-128x256", {0, 0}},
    Measured{"omz-person-reidentification-retail-0287", "2023.0", "stretched-128x256", {0, 0}},
    Measured{"omz-person-reidentification-retail-0288", "2023.0", "stretched-128x256", {0, 0}},
    Measured{"mien-stripes", "1", "stretched-48x128", {0, 0}},
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
