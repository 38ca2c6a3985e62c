#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "body/detect/codec.h"
#include "inference/model.h"
#include "types/body.h"
#include "types/picture.h"

namespace mien::body {

struct DetectOptions {
    std::optional<float> min_score{};  // 0.01..1; none: the network's usual one (usual_score)
    SameBody same{};                   // of boxes that are one person's, only the best stays
    int min_height = 64;  // of a person in pixels of the picture; smaller ones are left out, larger is faster
    int max_tiles = 24;   // network runs beside the one on the whole picture; 0: the whole only
};

// Finds people: looks at the whole picture, and, where the smallest wanted person would be too small in that look, at
// overlapping tiles of a finer one, too. Touches nothing else. Nobody is an answer, not an error.
// Thread rule: const calls may run at the same time.
class BodyDetector {
public:
    // Errors: Unsupported for a network that codec.h does not know.
    static Result<BodyDetector> make(std::shared_ptr<const inference::Model> model);

    float usual_score() const { return body::usual_score(net_.codec); }

    // Regions in pixels of `picture`, clipped to it, best score first. Errors: BadInput for options out of range; the
    // engine's.
    Result<std::vector<BodyRegion>> find(const Picture& picture, const DetectOptions& options) const;

private:
    BodyDetector(std::shared_ptr<const inference::Model> model, DetectorNet net)
        : model_(std::move(model)), net_(net) {}
    Result<std::vector<BodyRegion>> look(const Picture& picture, float scale, float min_score) const;

    std::shared_ptr<const inference::Model> model_;
    DetectorNet net_;
};

}  // namespace mien::body
