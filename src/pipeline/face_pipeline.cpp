#include "pipeline/face_pipeline.h"

#include <algorithm>

#include "face/align/pose.h"
#include "face/attributes/worn.h"
#include "face/mesh/head.h"
#include "face/quality/coverings.h"

namespace mien::pipeline {
namespace {

face::DetectOptions detect_options(const FaceOptions& options) {
    face::DetectOptions detect = options.detect;
    if (options.faces == Faces::Largest) detect.look = face::Look::Quick;
    return detect;
}

std::vector<FaceRegion> largest_first(std::vector<FaceRegion> regions) {
    std::ranges::stable_sort(regions, std::greater{}, [](const FaceRegion& region) { return region.box.area(); });
    return regions;
}

// Area of the largest face but this one over this one's.
float second_face(const std::vector<FaceRegion>& regions, const FaceRegion& region) {
    for (const FaceRegion& other : regions)
        if (other.box != region.box) return other.box.area() / std::max(region.box.area(), 1.0f);
    return 0;
}

Quality judged(const Picture& picture, const std::vector<FaceRegion>& all, const FaceRegion& region, const Face& face,
               const face::QualityProfile& profile) {
    const auto* dense = std::get_if<DenseFace>(&face.dense);
    if (dense == nullptr) return face::unmeasured_quality(std::get<Unmeasured>(face.dense));
    face::QualitySample sample{picture, region, dense->mesh, face.pose, second_face(all, region)};
    if (face.attributes) sample.expression = face.attributes->expression;
    return face::quality_of(sample, profile);
}

// What is worn stands on the mesh; where it was not laid, the reason is its own.
Status add_attributes(const face::AttributeReader& reader, const Picture& picture, Face& face) {
    MIEN_LET(attributes, reader.read(picture, face.region.landmarks));
    if (const auto* dense = std::get_if<DenseFace>(&face.dense)) {
        face::add_worn(attributes, face::coverings_of(picture, dense->mesh));
    } else {
        const Unmeasured why = std::get<Unmeasured>(face.dense);
        face::add_worn(attributes, {why, why, why, why});
    }
    face.attributes = attributes;
    return {};
}

constexpr float least_confidence = 0.5f;  // MediaPipe's own limit for a face that is there

// Landmarks, pose and mesh of a face from its mesh; the others stay as they are where the network is unsure.
Status add_mesh(const face::MeshFinder& finder, const Picture& picture, const Landmarks5& start, Face& face) {
    MIEN_LET(mesh, finder.find(picture, start));
    if (mesh.confidence < least_confidence) {
        face.dense = Unmeasured::ModelUnsure;
        return {};
    }
    DenseFace dense{std::move(mesh), {}};
    dense.head = face::head_of(dense.mesh);
    face.region.landmarks = face::landmarks_of(dense.mesh);
    face.pose = dense.head.pose;
    face.dense = std::move(dense);
    return {};
}

struct Located {
    FaceRegion region{};  // as the detector gave it
    Face face{};
    face::FaceShape shape{};
};

// Landmarks, pose and mesh of a region.
Result<Located> locate(const FaceParts& parts, const Picture& picture, const FaceRegion& region,
                       const FaceOptions& options) {
    // The pose model was fitted to the detector's own points.
    Located one{
        region, {.region = region, .pose = face::pose_of(region.landmarks)}, parts.aligner.find(picture, region)};
    one.face.region.landmarks = face::with_eyes_of(region.landmarks, one.shape);
    if (options.mesh == Mesh::Yes) MIEN_TRY(add_mesh(*parts.mesh, picture, region.landmarks, one.face));
    return one;
}

bool unconfirmed(const Face& face, const FaceOptions& options) {
    const auto* why = std::get_if<Unmeasured>(&face.dense);
    return why != nullptr && *why == Unmeasured::ModelUnsure && face.region.score < options.confirm_below;
}

Error attributes_missing() {
    return {Fault::BadInput, "face attributes were asked for, but their models were not opened"};
}

}  // namespace

Result<std::vector<Face>> FacePipeline::analyse(const Frame& frame, const FaceOptions& options) const {
    if (options.mesh == Mesh::Yes && !parts_.mesh)
        return Error{Fault::BadInput, "a face mesh was asked for, but its model was not opened"};
    if (options.quality == Judge::Yes && options.mesh == Mesh::No)
        return Error{Fault::BadInput, "quality stands on the face mesh: ask for both"};
    if (options.attributes == Attributes::Yes && !parts_.attributes) return attributes_missing();
    const Picture& picture = *frame.picture;
    MIEN_LET(found, parts_.detector.find(picture, detect_options(options)));
    std::vector<FaceRegion> all = largest_first(std::move(found));
    std::vector<Located> located;
    for (std::size_t i = 0; i < all.size() && (options.faces == Faces::All || located.empty());) {
        MIEN_LET(one, locate(parts_, picture, all[i], options));
        if (unconfirmed(one.face, options)) {
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
            continue;
        }
        located.push_back(std::move(one));
        ++i;
    }
    std::vector<Face> faces;
    for (auto& [region, face, shape] : located) {
        if (options.attributes == Attributes::Yes) MIEN_TRY(add_attributes(*parts_.attributes, picture, face));
        if (options.quality == Judge::Yes) face.quality = judged(picture, all, region, face, options.profile);
        if (options.wanted == Wanted::Templates) {
            const Crop crop = face::Aligner::cut(picture, shape, parts_.embedder.framing());
            MIEN_LET(made, parts_.embedder.embed({&crop, 1}));
            face.made = std::move(made.front());
        }
        faces.push_back(std::move(face));
    }
    return faces;
}

Result<ExpressionReading> FacePipeline::expression_of_crop(const Picture& crop) const {
    if (!parts_.attributes) return attributes_missing();
    return parts_.attributes->read_expression(crop);
}

}  // namespace mien::pipeline
