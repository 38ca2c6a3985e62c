#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "types/geometry.h"
#include "types/picture.h"

namespace mien::track {

// A small grey picture for finding out how the camera moved.
struct Grey {
    Size size{};
    double scale = 1;  // pixels of the picture for one of these
    std::vector<std::uint8_t> pixels{};
};
Grey grey_of(const Picture& picture, int longest_side = 320);

// How the background moved from one frame to the next, as shift, turn and scale (a similarity), in pixels of the
// frames: textured blocks on a grid are sought again within 16 grey pixels, and the motion that most of them agree on
// is fitted; blocks whose centre lies in one of `people` (boxes of the frame before) are left out. Nothing where fewer
// than twelve blocks have texture, fewer than half agree, or the sizes differ: take it as a cut, or as a standing
// camera. Same input, same output. Thread rule: any number of calls at the same time. Sources: block matching with
// parabolic sub-pixel peaks; M. Fischler, R. Bolles, RANSAC, 1981.
std::optional<Affine> estimate_motion(const Grey& before, const Grey& now, std::span<const Box> people);

}  // namespace mien::track
