#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "body/attributes/attributes.h"
#include "body/detect/detector.h"
#include "body/pose/pose.h"
#include "body/reid/embedder.h"
#include "pipeline/open.h"
#include "types/body.h"
#include "types/frame.h"

namespace mien::pipeline {

enum class BodyPoses { No, Yes };

// The networks that people are looked at with.
struct BodyParts {
    body::BodyDetector detector;
    std::optional<body::PoseFinder> pose{};
    std::optional<body::AttributeReader> attributes{};
};

// Somebody in a frame, as far as it was asked for.
struct Person {
    BodyRegion region{};
    std::optional<BodyPose> pose{};
    std::optional<body::BodyAttributes> attributes{};
    std::optional<std::size_t> face{};  // whose it is: its place among the frame's faces
};

// Out of the box: from a package registry, by measurement (docs/bodies.md).
inline constexpr const char* usual_person_detector = "nanodet";
inline constexpr const char* usual_pose_model = "movenet-thunder";
// Our own descriptor, which needs no model.
inline constexpr const char* stripes_embedder = "stripes";

// Errors: NotFound or Unavailable when a model is missing, each with what to do; Unsupported for one of another kind.
Result<BodyParts> open_body_parts(const std::string& detector, BodyPoses poses, const OpenOptions& options);

inline constexpr const char* usual_attribute_model = "omz-person-attributes-recognition-crossroad-0230";

// Errors: as above.
Result<body::AttributeReader> open_attribute_reader(const std::string& name, const OpenOptions& options);

// By a model's name in the catalogue, or "stripes". Errors: as above.
Result<body::BodyEmbedder> open_body_embedder(const std::string& name, const OpenOptions& options);

// People of a picture, best score first. Poses and attributes where the parts hold what reads them. Errors: the
// detector's options, the engine's. Thread rule: may run at the same time.
Result<std::vector<Person>> find_people(const BodyParts& parts, const Picture& picture,
                                        const body::DetectOptions& options);

// Gives each face to at most one person and each person at most one face: where the face's middle lies in the upper
// part of the box, nearest first to where heads usually are, relative to the person's size.
void join_faces(std::vector<Person>& people, std::span<const Box> faces);

}  // namespace mien::pipeline
