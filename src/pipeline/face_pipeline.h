#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "face/align/align.h"
#include "face/attributes/reader.h"
#include "face/detect/detector.h"
#include "face/mesh/mesh.h"
#include "face/quality/quality.h"
#include "face/template/embedder.h"
#include "types/attributes.h"
#include "types/crop.h"
#include "types/frame.h"
#include "types/measure.h"
#include "types/mesh.h"
#include "types/region.h"
#include "types/template.h"

namespace mien::pipeline {

enum class Wanted { Regions, Templates };
enum class Faces { All, Largest };
enum class Mesh { No, Yes };        // points, pose, lids, lips and gaze by the dense mesh
enum class Judge { No, Yes };       // quality; stands on the mesh
enum class Attributes { No, Yes };  // age, gender, expression; with the mesh what is worn, too

struct FaceOptions {
    face::DetectOptions detect{};
    face::QualityProfile profile = face::door_profile();
    Wanted wanted = Wanted::Templates;
    Faces faces = Faces::All;
    Mesh mesh = Mesh::No;                    // Yes only where the parts hold a mesh
    Judge quality = Judge::No;               // Yes only with the mesh
    Attributes attributes = Attributes::No;  // Yes only where the parts hold their reader
    float confirm_below = 0;  // with the mesh: a face of a lower score is dropped where the mesh sees none; 0 keeps all
};

// The value of confirm_below that the commands use; chosen in docs/results.md.
inline constexpr float sure_score = 0.7f;

// A face's mesh and what it tells.
struct DenseFace {
    FaceMesh mesh{};
    HeadState head{};
};

// One face of a frame, as far as it was asked for.
struct Face {
    FaceRegion region{};
    Pose pose{};  // by the mesh where there is one, else by the five landmarks
    std::variant<DenseFace, Unmeasured> dense = Unmeasured::NotAsked;
    std::optional<Quality> quality{};
    std::optional<FaceAttributes> attributes{};
    std::optional<Template> made{};
};

// The networks that the path stands on; shared by all calls.
struct FaceParts {
    face::Detector detector;
    face::Aligner aligner;
    face::Embedder embedder;
    std::optional<face::MeshFinder> mesh{};
    std::optional<face::AttributeReader> attributes{};
};

// The path of a picture: detect → align → mesh and pose → attributes → quality → template.
// Thread rule: const calls may run at the same time, up to the lanes that the parts were loaded with; further ones
// wait.
class FacePipeline {
public:
    explicit FacePipeline(FaceParts parts) : parts_(std::move(parts)) {}

    // Largest face first; no face is an empty answer. Errors: BadInput for options, the engine's.
    Result<std::vector<Face>> analyse(const Frame& frame, const FaceOptions& options) const;

    // The expression of a picture that is a face's crop itself (FER2013's framing). Errors: BadInput when the parts
    // hold no reader of attributes; the engine's.
    Result<ExpressionReading> expression_of_crop(const Picture& crop) const;

    const Maker& maker() const { return parts_.embedder.maker(); }

private:
    FaceParts parts_;
};

}  // namespace mien::pipeline
