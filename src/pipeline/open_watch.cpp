#include "pipeline/open_watch.h"

#include "pipeline/body_pipeline.h"

namespace mien::pipeline {

Result<WatchNetworks> WatchNetworks::open(const WatchChoice& choice, const OpenOptions& options) {
    WatchNetworks made;
    made.choice_ = choice;
    MIEN_LET(parts, open_body_parts(choice.detector, BodyPoses::No, options));
    made.detector_ = std::make_shared<const body::BodyDetector>(std::move(parts.detector));
    if (choice.reid != "none") {
        MIEN_LET(embedder, open_body_embedder(choice.reid, options));
        made.embedder_ = std::make_shared<const body::BodyEmbedder>(std::move(embedder));
    }
    if (!choice.attributes.empty()) {
        MIEN_LET(reader, open_attribute_reader(choice.attributes, options));
        made.attributes_ = std::make_shared<const body::AttributeReader>(std::move(reader));
    }
    if (choice.faces == WatchChoice::Faces::Yes) {
        OpenOptions faces = options;
        faces.attributes = Attributes::Yes;
        MIEN_LET(pipeline, open_face_pipeline(faces));
        made.faces_ = std::make_shared<const FacePipeline>(std::move(pipeline));
    }
    return made;
}

WatchParts WatchNetworks::parts() const {
    WatchParts parts;
    parts.find = [detector = detector_, detect = choice_.detect](const Picture& picture) {
        return detector->find(picture, detect);
    };
    if (embedder_) {
        parts.describe = [embedder = embedder_](const Picture& picture,
                                                std::span<const Box> boxes) -> Result<std::vector<Template>> {
            std::vector<Template> all;
            for (const Box& box : boxes) {
                MIEN_LET(made, embedder->embed(picture, box));
                all.push_back(std::move(made));
            }
            return all;
        };
    }
    // By a maker that was never measured nobody is taken for somebody else.
    if (embedder_) parts.likeness = body_likeness(embedder_->maker()).value_or(BodyLikeness{});
    if (attributes_) {
        parts.attributes = [reader = attributes_](
                               const Picture& picture,
                               std::span<const Box> boxes) -> Result<std::vector<body::BodyAttributes>> {
            std::vector<body::BodyAttributes> all;
            for (const Box& box : boxes) {
                MIEN_LET(read, reader->read(picture, box));
                all.push_back(read);
            }
            return all;
        };
    }
    if (faces_) {
        parts.faces = [faces = faces_](const Frame& frame) {
            return faces->analyse(frame, {.attributes = Attributes::Yes});
        };
    }
    return parts;
}

const Maker* WatchNetworks::body_maker() const {
    return embedder_ ? &embedder_->maker() : nullptr;
}
const Maker* WatchNetworks::face_maker() const {
    return faces_ ? &faces_->maker() : nullptr;
}

}  // namespace mien::pipeline
