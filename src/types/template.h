#pragma once

#include <string>
#include <vector>

namespace mien {

// What made a template. Templates of different makers are never compared.
struct Maker {
    std::string model{};          // catalogue name
    std::string version{};        // catalogue version
    std::string preprocessing{};  // name of the alignment and scaling
    friend bool operator==(const Maker&, const Maker&) = default;
};

// What a model made of a sample: a vector of length 1.
struct Template {
    Maker maker{};
    std::vector<float> values{};
};

}  // namespace mien
