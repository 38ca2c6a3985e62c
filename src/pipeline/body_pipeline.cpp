#include "pipeline/body_pipeline.h"

#include <algorithm>
#include <cmath>

#include "models/catalogue.h"

namespace mien::pipeline {
namespace {

// A standing person's head is about an eighth of their height; of people cut off at the waist it is a third.
constexpr float head_part = 0.45f;
constexpr float usual_head = 0.08f;  // its middle below the box's upper side, as a share of the height

// How far a face lies from where the person's head would be, in heights of the person; none where it can't be theirs.
std::optional<float> distance_to_head(const Box& face, const BodyRegion& body) {
    Box upper = body.box;
    upper.height *= head_part;
    const Point at = face.centre();
    if (!upper.holds(at) || face.width > 1.1f * body.box.width) return std::nullopt;
    const Point head{body.box.centre().x, body.box.y + usual_head * body.box.height};
    return std::hypot(at.x - head.x, at.y - head.y) / body.box.height;
}

struct Candidate {
    float distance = 0;
    std::size_t person = 0;
    std::size_t face = 0;
};

}  // namespace

Result<BodyParts> open_body_parts(const std::string& detector, BodyPoses poses, const OpenOptions& options) {
    MIEN_LET(net, open_model(detector, options));
    MIEN_LET(finder, body::BodyDetector::make(std::move(net)));
    BodyParts parts{std::move(finder), {}, {}};
    if (poses == BodyPoses::No) return parts;
    MIEN_LET(pose_net, open_model(usual_pose_model, options));
    MIEN_LET(pose, body::PoseFinder::make(std::move(pose_net)));
    parts.pose = std::move(pose);
    return parts;
}

Result<body::AttributeReader> open_attribute_reader(const std::string& name, const OpenOptions& options) {
    MIEN_LET(net, open_model(name, options));
    return body::AttributeReader::make(std::move(net));
}

Result<body::BodyEmbedder> open_body_embedder(const std::string& name, const OpenOptions& options) {
    if (name == stripes_embedder) return body::BodyEmbedder::stripes();
    MIEN_LET(catalogue, models::Catalogue::open());
    MIEN_LET(card, catalogue.find(name));
    MIEN_LET(net, open_model(name, options));
    return body::BodyEmbedder::make(std::move(net), {card.name, card.version, "stretched-128x256"});
}

Result<std::vector<Person>> find_people(const BodyParts& parts, const Picture& picture,
                                        const body::DetectOptions& options) {
    MIEN_LET(regions, parts.detector.find(picture, options));
    std::vector<Person> people;
    for (const BodyRegion& region : regions) {
        Person person{.region = region};
        if (parts.pose) {
            MIEN_LET(pose, parts.pose->find(picture, region.box));
            person.pose = pose;
        }
        if (parts.attributes) {
            MIEN_LET(attributes, parts.attributes->read(picture, region.box));
            person.attributes = attributes;
        }
        people.push_back(person);
    }
    return people;
}

void join_faces(std::vector<Person>& people, std::span<const Box> faces) {
    std::vector<Candidate> candidates;
    for (std::size_t p = 0; p < people.size(); ++p)
        for (std::size_t f = 0; f < faces.size(); ++f)
            if (const auto distance = distance_to_head(faces[f], people[p].region))
                candidates.push_back({*distance, p, f});
    std::ranges::stable_sort(candidates, {}, &Candidate::distance);
    std::vector<bool> given(faces.size());
    for (const Candidate& c : candidates) {
        if (people[c.person].face || given[c.face]) continue;
        people[c.person].face = c.face;
        given[c.face] = true;
    }
}

}  // namespace mien::pipeline
