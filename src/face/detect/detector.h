#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "face/detect/codec.h"
#include "face/detect/refine.h"
#include "inference/model.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

enum class Look {
    Full,   // all faces down to min_face_pixels
    Quick,  // one coarse look first; when it finds a face, smaller ones are not searched for
};

enum class Turn {
    Off,     // faces that stand upright, give or take what the network bears
    Search,  // where nothing sure stands upright, the picture is looked at in its three other quarter turns, too
};

struct DetectOptions {
    float min_score = 0.5f;    // 0..1
    int min_face_pixels = 24;  // shorter box side in the picture; smaller faces are left out, larger values are faster
    Look look = Look::Full;
    Turn turn = Turn::Off;
};

// Finds faces and their five landmarks at several scales of the picture, with any network that codec.h knows.
// Touches nothing else. Thread rule: const calls may run at the same time. Zero faces is an answer, not an error.
class Detector {
public:
    // Errors: Unsupported for a network of another kind.
    static Result<Detector> make(std::shared_ptr<const inference::Model> model);

    // Whether the network itself finds landmarks. Where not, a mean face's are given, or the refiner's if there is one.
    bool finds_landmarks() const { return net_.codec != Codec::Ssd; }
    void refine_by(Refiner refiner) { refiner_ = std::move(refiner); }

    // Regions in pixels of `picture`, best score first. Errors: BadInput for options out of range; the engine's.
    Result<std::vector<FaceRegion>> find(const Picture& picture, const DetectOptions& options) const;

private:
    Detector(std::shared_ptr<const inference::Model> model, DetectorNet net) : model_(std::move(model)), net_(net) {}
    Result<std::vector<FaceRegion>> find_upright(const Picture& picture, const DetectOptions& options) const;
    Result<std::vector<FaceRegion>> look(const Picture& picture, float scale, float min_score) const;
    Result<std::vector<FaceRegion>> look_at_tiles(const Picture& canvas, float min_score) const;

    std::shared_ptr<const inference::Model> model_;
    DetectorNet net_;
    std::optional<Refiner> refiner_{};
};

}  // namespace mien::face
