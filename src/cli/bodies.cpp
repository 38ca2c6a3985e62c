#include "cli/bodies.h"

#include <array>
#include <utility>

#include "cli/progress_bar.h"

namespace mien::cli {
namespace {

constexpr float sure_point = 0.3f;  // MoveNet's own demos show points from here on

constexpr std::array<const char*, body_point_count> point_names{
    "nose",           "left_eye",   "right_eye",   "left_ear",   "right_ear",   "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
    "right_hip",      "left_knee",  "right_knee",  "left_ankle", "right_ankle"};

using enum BodyPoint;
constexpr std::array<std::pair<BodyPoint, BodyPoint>, 14> limbs{{{Nose, LeftEye},
                                                                 {Nose, RightEye},
                                                                 {LeftShoulder, RightShoulder},
                                                                 {LeftShoulder, LeftElbow},
                                                                 {LeftElbow, LeftWrist},
                                                                 {RightShoulder, RightElbow},
                                                                 {RightElbow, RightWrist},
                                                                 {LeftShoulder, LeftHip},
                                                                 {RightShoulder, RightHip},
                                                                 {LeftHip, RightHip},
                                                                 {LeftHip, LeftKnee},
                                                                 {LeftKnee, LeftAnkle},
                                                                 {RightHip, RightKnee},
                                                                 {RightKnee, RightAnkle}}};

void show_on(ProgressBar& bar, pipeline::OpenOptions& options) {
    options.before_pull = announce;
    options.on_progress = [&bar](const models::Progress& p) {
        bar.show(p.what, static_cast<double>(p.done), static_cast<double>(p.total));
    };
}

}  // namespace

Result<pipeline::BodyParts> open_bodies(const std::string& detector, pipeline::BodyPoses poses,
                                        pipeline::OpenOptions options) {
    ProgressBar bar(ProgressBar::Unit::Bytes);
    show_on(bar, options);
    return pipeline::open_body_parts(detector, poses, options);
}

Result<body::BodyEmbedder> open_embedder(const std::string& name, pipeline::OpenOptions options) {
    ProgressBar bar(ProgressBar::Unit::Bytes);
    show_on(bar, options);
    return pipeline::open_body_embedder(name, options);
}

Json json_of(const pipeline::Person& person) {
    Json json{{"box", json_of(person.region.box)}, {"score", rounded(person.region.score)}, {"face", nullptr}};
    if (person.face) json["face"] = *person.face;
    if (person.attributes) {
        Json looks = Json::object();
        for (std::size_t i = 0; i < body::look_count; ++i) {
            const auto look = static_cast<body::Look>(i);
            looks[body::name_of(look)] = rounded((*person.attributes)[look]);
        }
        const auto colour = [](const body::ColourReading& one) {
            return Json{{"at", json_of(one.at)}, {"rgb", one.rgb}};
        };
        looks["upper_colour"] = colour(person.attributes->upper);
        looks["lower_colour"] = colour(person.attributes->lower);
        json["attributes"] = std::move(looks);
    }
    if (!person.pose) return json;
    Json points = Json::object();
    for (std::size_t i = 0; i < body_point_count; ++i) {
        const BodyPointReading& point = person.pose->points.at(i);
        points[point_names.at(i)] = {{"at", json_of(point.at)}, {"confidence", rounded(point.confidence)}};
    }
    json["pose"] = {{"score", rounded(person.pose->score)}, {"points", std::move(points)}};
    return json;
}

image::Mark person_mark(const pipeline::Person& person, std::size_t number) {
    const int percent = static_cast<int>(person.region.score * 100 + 0.5f);
    std::string label = "person " + std::to_string(number) + "  ·  score " + std::to_string(percent);
    if (person.face) label += "  ·  face " + std::to_string(*person.face + 1);
    return {person.region.box, {}, std::move(label), {0.20, 0.45, 0.90}};
}

std::vector<image::Stroke> skeleton_of(const BodyPose& pose) {
    std::vector<image::Stroke> strokes;
    for (const auto& [from, to] : limbs) {
        if (pose[from].confidence < sure_point || pose[to].confidence < sure_point) continue;
        strokes.push_back({.points = {pose[from].at, pose[to].at}, .width = 0.7});
    }
    return strokes;
}

}  // namespace mien::cli
