#pragma once

// What writing and reading an export share; nobody else includes it.

#include <nlohmann/json.hpp>

#include "gallery/exchange/secret_text.h"
#include "gallery/records.h"

namespace mien::gallery {

// JSON whose every byte is wiped when it is given back.
using SecretJson = nlohmann::basic_json<nlohmann::ordered_map, std::vector, SecretText, bool, std::int64_t,
                                        std::uint64_t, double, WipingAllocator>;

inline constexpr std::uint64_t export_version = 2;

void wipe_sample(NewSample& sample);  // its templates and its crop

}  // namespace mien::gallery
