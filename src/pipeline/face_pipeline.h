#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "face/align/align.h"
#include "face/detect/detector.h"
#include "face/quality/quality.h"
#include "face/template/embedder.h"
#include "types/crop.h"
#include "types/frame.h"
#include "types/measure.h"
#include "types/region.h"
#include "types/template.h"

namespace mien::pipeline {

enum class Wanted { Regions, Quality, Templates };  // each includes the ones before it
enum class Faces { All, Largest };

struct FaceOptions {
    face::DetectOptions detect{};
    face::QualityGate gate{};
    Wanted wanted = Wanted::Templates;
    Faces faces = Faces::All;
};

// One face of a frame, as far as it was asked for.
struct Face {
    FaceRegion region{};
    Pose pose{};
    Quality quality{};
    std::optional<Template> made{};
};

// The networks that the path stands on; shared by all calls.
struct FaceParts {
    face::Detector detector;
    face::Aligner aligner;
    face::Embedder embedder;
};

// The path of a picture: detect → align → pose → quality → template.
// Thread rule: const calls may run at the same time, up to the lanes that the parts were loaded with; further ones
// wait.
class FacePipeline {
public:
    explicit FacePipeline(FaceParts parts) : parts_(std::move(parts)) {}

    // Largest face first; no face is an empty answer. Errors: BadInput for options, the engine's.
    Result<std::vector<Face>> analyse(const Frame& frame, const FaceOptions& options) const;

    const Maker& maker() const { return parts_.embedder.maker(); }

private:
    FaceParts parts_;
};

}  // namespace mien::pipeline
