#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "types/mesh.h"
#include "types/picture.h"

namespace mien::face {

// A face as the component measures of ISO/IEC 29794-5 want it: turned and scaled so that the eyes are 113 pixels apart
// in a square of 616 (OFIQ's reference points, brought there in least squares). Of the square only the window that
// holds face and background beside it is kept.
struct AlignedFace {
    Picture picture;
    std::vector<std::uint8_t> luminance{};  // linear light, 0..255, as the standard defines it; one for each pixel
    std::vector<std::uint8_t> face{};       // 1 within the hull of jaw and brows
    std::vector<std::uint8_t> inside{};     // 1 where the source picture has a pixel
    std::array<Point, 2> eyes{};            // middles between the corners, in this picture's pixels
    Point nose{};
    std::array<Point, 2> mouth_corners{};
    Point mouth{};
    Point chin{};
};

AlignedFace align(const Picture& picture, const FaceMesh& mesh);

// The places that the standard's distances stand on, in pixels of the source picture.
struct FacePlaces {
    std::array<Point, 2> eyes{};  // middles between the corners
    Point nose{};
    std::array<Point, 2> mouth{};
    Point chin{};
    float between_eyes() const;
    float eyes_to_chin() const;  // the standard's T
};
FacePlaces places_of(const FaceMesh& mesh);

}  // namespace mien::face
