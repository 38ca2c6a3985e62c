#include "cli/faces.h"

#include <cmath>

#include "cli/progress_bar.h"
#include "media/read_picture.h"
#include "pipeline/calibration_file.h"
#include "pipeline/open.h"

namespace mien::cli {
namespace {

Json json_of(const QualityMeasure& measure) {
    Json json{{"definition", definition_of(measure.component) == Definition::Ofiq ? "ofiq" : "ours"}};
    if (const auto* native = std::get_if<float>(&measure.native)) {
        json["native"] = rounded(*native);
        json["score"] = measure.score;
        json["acceptable"] = measure.acceptable;
    } else {
        json["unmeasured"] = name_of(std::get<Unmeasured>(measure.native));
    }
    if (!measure.advice.empty()) json["advice"] = measure.advice;
    return json;
}

Json json_of(const Quality& quality) {
    Json json{{"acceptable", quality.acceptable}};
    if (const auto* unified = std::get_if<float>(&quality.unified)) {
        json["unified"] = std::round(*unified);
        json["score"] = rounded(*unified / 100);
    } else {
        json["unmeasured"] = name_of(std::get<Unmeasured>(quality.unified));
    }
    json["measures"] = Json::object();
    for (const QualityMeasure& measure : quality.measures)
        json["measures"][name_of(measure.component)] = json_of(measure);
    return json;
}

}  // namespace

Result<pipeline::FacePipeline> open_faces(pipeline::OpenOptions options) {
    ProgressBar bar(ProgressBar::Unit::Bytes);
    options.before_pull = announce;
    options.on_progress = [&bar](const models::Progress& p) {
        bar.show(p.what, static_cast<double>(p.done), static_cast<double>(p.total));
    };
    return pipeline::open_face_pipeline(options);
}

int quarters_turned(const Pose& pose) {
    const int quarters = static_cast<int>(std::lround(pose.roll.value / 90));
    return (quarters + 4) % 4 * 90;
}

Json json_of(const FaceMesh& mesh) {
    Json points = Json::array();
    const auto tenth = [](float v) { return std::round(v * 10.0) / 10; };
    for (const Point3& p : mesh.points) points.push_back({tenth(p.x), tenth(p.y), tenth(p.z)});
    return points;
}

pipeline::OpenOptions TemplateChoice::open(pipeline::OpenOptions wished) const {
    wished.embedder = embedder;
    wished.views = views == 2 ? face::Views::Mirrored : face::Views::One;
    return wished;
}

TemplateOptions add_template_options(CLI::App& app, TemplateChoice& choice) {
    CLI::Option* embedder = app.add_option("--embedder", choice.embedder, "The model that makes templates")
                                ->capture_default_str()
                                ->check(CLI::IsMember(pipeline::embedders()));
    CLI::Option* views =
        app.add_option("--views", choice.views, "2: templates of each face and its mirror image, in twice the time")
            ->capture_default_str()
            ->check(CLI::Range(1, 2));
    return {embedder, views};
}

Result<pipeline::FacePipeline> open_faces_for(const Maker& maker, pipeline::OpenOptions wished) {
    MIEN_LET(options, pipeline::options_for(maker, std::move(wished)));
    MIEN_LET(faces, open_faces(std::move(options)));
    if (faces.maker() != maker)
        return Error{Fault::Unsupported, "the templates were made by " + pipeline::calibration_name(maker) +
                                             ", which this build can't make: upgrade the gallery (mien gallery "
                                             "upgrade)"};
    return faces;
}

Json json_of(const pipeline::Face& face) {
    const auto tenth = [](Degrees d) { return std::round(d.value * 10.0) / 10; };
    Json head{{"unmeasured", nullptr}};
    if (const auto* dense = std::get_if<pipeline::DenseFace>(&face.dense)) {
        const HeadState& h = dense->head;
        head = {{"confidence", rounded(dense->mesh.confidence)},
                {"eye_opening", {{"left", rounded(h.left_eye)}, {"right", rounded(h.right_eye)}}},
                {"mouth_opening", rounded(h.mouth)},
                {"gaze", {{"yaw", tenth(h.gaze.yaw)}, {"pitch", tenth(h.gaze.pitch)}}}};
    } else {
        head["unmeasured"] = name_of(std::get<Unmeasured>(face.dense));
    }
    const Landmarks5& l = face.region.landmarks;
    Json json{
        {"box", json_of(face.region.box)},
        {"score", rounded(face.region.score)},
        {"turned", quarters_turned(face.pose)},
        {"landmarks",
         {{"left_eye", json_of(l.left_eye)},
          {"right_eye", json_of(l.right_eye)},
          {"nose", json_of(l.nose)},
          {"left_mouth", json_of(l.left_mouth)},
          {"right_mouth", json_of(l.right_mouth)}}},
        {"pose", {{"yaw", tenth(face.pose.yaw)}, {"pitch", tenth(face.pose.pitch)}, {"roll", tenth(face.pose.roll)}}},
        {"head", head}};
    if (face.quality) json["quality"] = json_of(*face.quality);
    return json;
}

Result<pipeline::Face> largest_face(const pipeline::FacePipeline& faces, const std::string& file,
                                    pipeline::Judge judge) {
    MIEN_LET(frame, media::read_frame(file));
    pipeline::FaceOptions options{.faces = pipeline::Faces::Largest};
    if (judge == pipeline::Judge::Yes) {
        options.mesh = pipeline::Mesh::Yes;
        options.quality = judge;
    }
    MIEN_LET(found, faces.analyse(frame, options));
    if (found.empty())
        return Error{Fault::BadInput,
                     file + ": no face found; use a picture in which the face is larger, upright and lit"};
    return std::move(found.front());
}

}  // namespace mien::cli
