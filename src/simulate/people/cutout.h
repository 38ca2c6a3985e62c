#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "simulate/scene/layer.h"
#include "types/picture.h"

namespace mien::simulate {

// A person cut out of a real clip: consecutive pictures with masks. It is drawn as an upright card that faces the
// camera, mirrored where the person walks the other way: it has no other views than the clip's.
// Thread rule: const calls may run at the same time.
class Cutout {
public:
    struct View {
        Picture picture;
        std::vector<std::uint8_t> mask{};  // one byte a pixel: 0 background, 255 person
    };
    // Reads a folder with NAME.png and NAME_mask.png, in the order of their names.
    // Errors: BadInput for an empty folder, or a mask that is missing or of another size.
    static Result<Cutout> read(const std::filesystem::path& folder, float height);

    float height() const { return height_; }  // metres
    // In the clip the person walks to the right; `walked` metres choose the picture.
    Layer draw(float walked, const Placement& placement, const Camera& camera) const;

private:
    Cutout(std::vector<View> views, float height) : views_(std::move(views)), height_(height) {}
    std::vector<View> views_;
    float height_ = 1.7f;
};

// Cuts moving people out of a clip with a still camera and one person at a time: the largest connected area that
// differs from the background, with its holes filled. `frames` are pictures in time order. Writes
// DIR/person_001/0001.png, 0001_mask.png, … and gives back how many people it found. Errors: BadInput for fewer than 20
// frames or frames of different sizes; Unavailable when the disk refuses.
struct CuttingOptions {
    int difference = 28;      // 0..255: from which a pixel differs, sum over channels over 3
    int least_pixels = 2500;  // of a person
    int every = 2;            // takes each such frame
    // A frame without people. Empty: the median of the frames, which shows the background only where nobody stands for
    // half of the clip.
    std::filesystem::path background{};
};
Result<int> cut_people(const std::vector<std::filesystem::path>& frames, const std::filesystem::path& folder,
                       const CuttingOptions& options);

}  // namespace mien::simulate
