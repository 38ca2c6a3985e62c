#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::eval {

// One fault of a picture, made on purpose, at one strength.
struct Degradation {
    std::string factor{};  // "blur"
    std::string level{};   // "4"; empty for none
    std::string meaning{};
    // `face` is where the picture's face has its landmarks; sizes and covers need it, nothing else does. The seed
    // decides what is left to chance. Errors: the codec's.
    std::function<Result<Picture>(const Picture&, const Landmarks5& face, std::uint64_t seed)> apply{};

    std::string name() const;  // "blur 4", "none"
};

// What robustness varies: size, blur, noise, darkness, JPEG, turns and covers, each from weak to strong.
const std::vector<Degradation>& robustness_degradations();

// What the quality evaluation adds, whatever the face: nothing, or blur, noise, darkness, JPEG or reduced sides in
// three strengths.
const std::vector<Degradation>& quality_degradations();

// Outlines over a face, from the places of its eyes: a mask from the nose's bridge to the chin, a bar over both eyes,
// two dark glasses.
std::vector<Point> mask_outline(const Landmarks5& face);
std::vector<Point> eye_bar_outline(const Landmarks5& face);
std::vector<std::vector<Point>> glasses_outlines(const Landmarks5& face);

// The picture with `pixels` between the eyes, at its old size again.
Picture coarsened(const Picture& picture, const Landmarks5& face, float pixels);

// Turned clockwise about its middle; black where nothing was.
Picture turned(const Picture& picture, Degrees angle);

}  // namespace mien::eval
