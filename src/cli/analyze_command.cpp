#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <set>

#include "base/file.h"
#include "base/stop.h"
#include "cli/attributes.h"
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "image/draw.h"
#include "image/resize.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"
#include "media/write_picture.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> inputs{};
    std::string draw_folder{};
    int draw_size = 0;
    bool json = false;
    bool mesh = false;
    bool quality = false;
    std::string profile = "door";
    bool turn = false;
    std::string detector = "centerface";
    bool attributes = false;
    bool people = false;
    bool person_attributes = false;
    std::string person_detector = pipeline::usual_person_detector;
    int min_person = body::DetectOptions{}.min_height;
    float min_score = 0.5f;
    int min_face = 24;
    int workers = 0;
};

struct Outcome {
    fs::path file{};
    Size size{};
    std::vector<pipeline::Face> faces{};
    std::optional<std::vector<pipeline::Person>> people{};
    std::optional<Error> error{};
    std::string drawn{};
};

// Pictures of one name from several folders must not overwrite one another.
std::vector<std::string> drawing_names(const std::vector<fs::path>& files) {
    std::set<std::string> taken;
    std::vector<std::string> names;
    for (const fs::path& file : files) {
        std::string name = file.stem().string() + ".jpg";
        for (int n = 2; !taken.insert(name).second; ++n) name = file.stem().string() + "-" + std::to_string(n) + ".jpg";
        names.push_back(name);
    }
    return names;
}

pipeline::Attributes attributes_of(const Options& options) {
    return options.attributes ? pipeline::Attributes::Yes : pipeline::Attributes::No;
}

enum class Dots { Five, Mesh };

std::vector<Point> dots_of(const pipeline::Face& face, Dots dots) {
    const auto* dense = std::get_if<pipeline::DenseFace>(&face.dense);
    if (dots == Dots::Five || !dense) {
        const auto points = face.region.landmarks.points();
        return {points.begin(), points.end()};
    }
    std::vector<Point> points;
    for (const Point3& p : dense->mesh.points) points.push_back({p.x, p.y});
    return points;
}

image::Mark mark_of(const pipeline::Face& face, std::size_t number, Dots dots) {
    const auto percent = [](float share) { return std::to_string(static_cast<int>(share * 100 + 0.5f)); };
    const image::Colour good{0.09, 0.66, 0.42};
    const image::Colour poor{0.90, 0.49, 0.13};
    std::string label = std::to_string(number) + "  ·  score " + percent(face.region.score);
    const bool acceptable = face.quality && face.quality->acceptable;
    if (const auto* unified = face.quality ? std::get_if<float>(&face.quality->unified) : nullptr)
        label += "  ·  quality " + percent(*unified / 100);
    return {face.region.box, dots_of(face, dots), std::move(label), acceptable ? good : poor};
}

// Reduced so that its longest side is at most `side` pixels; 0: as it is.
Picture at_most(Picture picture, int side) {
    const int longest = std::max(picture.width(), picture.height());
    if (side == 0 || longest <= side) return picture;
    const auto part = [&](int length) { return std::max(1, static_cast<int>(std::int64_t{length} * side / longest)); };
    return image::resize(picture, {part(picture.width()), part(picture.height())});
}

struct Networks {
    pipeline::FacePipeline faces;
    std::optional<pipeline::BodyParts> bodies{};
};

Result<Networks> open_networks(const Options& options, int workers) {
    pipeline::OpenOptions open;
    open.lanes = workers;
    open.threads = workers > 1 ? 1 : 0;
    open.mesh = pipeline::Mesh::Yes;
    open.detector = options.detector;
    open.attributes = attributes_of(options);
    MIEN_LET(faces, open_faces(open));
    if (!options.people) return Networks{std::move(faces), {}};
    MIEN_LET(bodies, open_bodies(options.person_detector, pipeline::BodyPoses::Yes, open));
    if (options.person_attributes) {
        MIEN_LET(reader, pipeline::open_attribute_reader(pipeline::usual_attribute_model, open));
        bodies.attributes = std::move(reader);
    }
    return Networks{std::move(faces), std::move(bodies)};
}

Result<std::vector<pipeline::Person>> people_of(const pipeline::BodyParts& bodies, const Frame& frame,
                                                const Options& options, const std::vector<pipeline::Face>& faces) {
    MIEN_LET(people, pipeline::find_people(bodies, *frame.picture, {.min_height = options.min_person}));
    std::vector<Box> boxes;
    for (const pipeline::Face& face : faces) boxes.push_back(face.region.box);
    pipeline::join_faces(people, boxes);
    return people;
}

Picture drawing_of(const Picture& picture, const Outcome& outcome, const Options& options) {
    std::vector<image::Mark> marks;
    std::vector<image::Stroke> strokes;
    for (std::size_t i = 0; outcome.people && i < outcome.people->size(); ++i) {
        const pipeline::Person& person = (*outcome.people)[i];
        marks.push_back(person_mark(person, i + 1));
        if (!person.pose) continue;
        const auto limbs = skeleton_of(*person.pose);
        strokes.insert(strokes.end(), limbs.begin(), limbs.end());
    }
    for (std::size_t i = 0; i < outcome.faces.size(); ++i)
        marks.push_back(mark_of(outcome.faces[i], i + 1, options.mesh ? Dots::Mesh : Dots::Five));
    return at_most(image::draw(picture, marks, strokes), options.draw_size);
}

Status analyse_file(const Networks& networks, const Options& options, const std::string& drawing, Outcome& outcome) {
    MIEN_LET(frame, media::read_frame(outcome.file));
    outcome.size = frame.picture->size();
    pipeline::FaceOptions wanted;
    wanted.detect = {.min_score = options.min_score,
                     .min_face_pixels = options.min_face,
                     .turn = options.turn ? face::Turn::Search : face::Turn::Off};
    wanted.wanted = pipeline::Wanted::Regions;
    wanted.mesh = pipeline::Mesh::Yes;
    wanted.confirm_below = pipeline::sure_score;
    wanted.quality = pipeline::Judge::Yes;
    MIEN_LET(profile, face::profile_named(options.profile));
    wanted.profile = std::move(profile);
    wanted.attributes = attributes_of(options);
    MIEN_LET(found, networks.faces.analyse(frame, wanted));
    outcome.faces = std::move(found);
    if (networks.bodies) {
        MIEN_LET(people, people_of(*networks.bodies, frame, options, outcome.faces));
        outcome.people = std::move(people);
    }
    if (drawing.empty()) return {};
    MIEN_TRY(media::write_picture(drawing_of(*frame.picture, outcome, options), drawing));
    outcome.drawn = drawing;
    return {};
}

bool unsure_of_turn(const pipeline::Face& face, const Options& options) {
    return !options.turn && face.region.score < face::sure_upright;
}

Json json_of_outcome(const Outcome& outcome, const Options& options) {
    Json json{{"file", outcome.file.string()}};
    if (outcome.error) {
        json["error"] = json_of(*outcome.error);
        return json;
    }
    json["width"] = outcome.size.width;
    json["height"] = outcome.size.height;
    json["faces"] = Json::array();
    for (const auto& face : outcome.faces) {
        json["faces"].push_back(json_of(face));
        if (unsure_of_turn(face, options)) json["faces"].back()["turned"] = nullptr;
        const auto* dense = std::get_if<pipeline::DenseFace>(&face.dense);
        if (options.mesh && dense) json["faces"].back()["mesh"] = json_of(dense->mesh);
        if (face.attributes) json["faces"].back().update(json_of(*face.attributes));
    }
    if (outcome.people) {
        json["people"] = Json::array();
        for (const auto& person : *outcome.people) json["people"].push_back(json_of(person));
    }
    if (!outcome.drawn.empty()) json["drawn"] = outcome.drawn;
    return json;
}

void print_measure(const QualityMeasure& measure) {
    const auto* native = std::get_if<float>(&measure.native);
    std::printf("       %c %-34s", measure.acceptable ? ' ' : '!', name_of(measure.component));
    if (native != nullptr) {
        std::printf("%4.0f   (%.3g)", measure.score, *native);
    } else {
        std::printf("   -   not measured: %s", name_of(std::get<Unmeasured>(measure.native)));
    }
    std::printf("   %s\n", definition_of(measure.component) == Definition::Ofiq ? "OFIQ" : "our own");
}

void print_quality(const Quality& quality, const Options& options) {
    const auto* unified = std::get_if<float>(&quality.unified);
    if (unified == nullptr) {
        std::cout << "     quality not measured: " << name_of(std::get<Unmeasured>(quality.unified)) << '\n';
        return;
    }
    std::cout << "     quality " << std::lround(*unified) << " of 100, "
              << (quality.acceptable ? "good enough for " : "not good enough for ") << options.profile << '\n';
    for (const auto& measure : quality.measures)
        if (!measure.advice.empty()) std::cout << "     - " << measure.advice << '\n';
    if (!options.quality) return;
    std::cout << std::flush;
    for (const auto& measure : quality.measures) print_measure(measure);
    std::fflush(stdout);
}

void print_text(const Outcome& outcome, const Options& options) {
    if (outcome.error) return;  // said on standard error
    std::cout << outcome.file.string() << ": " << outcome.faces.size()
              << (outcome.faces.size() == 1 ? " face" : " faces") << '\n';
    for (std::size_t i = 0; i < outcome.faces.size(); ++i) {
        const auto& face = outcome.faces[i];
        std::cout << "  " << i + 1 << "  box " << json_of(face.region.box).dump() << "  score "
                  << rounded(face.region.score) << "  yaw " << static_cast<int>(face.pose.yaw.value) << "  pitch "
                  << static_cast<int>(face.pose.pitch.value);
        if (quarters_turned(face.pose) != 0) std::cout << "  (turned by " << quarters_turned(face.pose) << " degrees)";
        if (unsure_of_turn(face, options)) std::cout << "  (perhaps not upright: try --turn)";
        std::cout << '\n';
        if (face.quality) print_quality(*face.quality, options);
        if (face.attributes) std::cout << "     " << text_of(*face.attributes) << '\n';
    }
    if (!outcome.people) return;
    std::cout << "  " << outcome.people->size() << (outcome.people->size() == 1 ? " person" : " people") << '\n';
    for (const auto& person : *outcome.people) {
        std::cout << "     box " << json_of(person.region.box).dump() << "  score " << rounded(person.region.score);
        if (person.face) std::cout << "  face " << *person.face + 1;
        std::cout << '\n';
    }
}

int finish(const std::vector<Outcome>& outcomes, const Options& options) {
    std::size_t failed = 0;
    std::size_t faces = 0;
    int code = done;
    for (const Outcome& outcome : outcomes) {
        if (outcome.error) {
            ++failed;
            code = std::max(code, report(*outcome.error));
        }
        faces += outcome.faces.size();
        if (!options.json) print_text(outcome, options);
    }
    if (options.json) {
        Json pictures = Json::array();
        for (const Outcome& outcome : outcomes) pictures.push_back(json_of_outcome(outcome, options));
        Json document{{"pictures", pictures}, {"count", outcomes.size()}, {"faces_found", faces}, {"failed", failed}};
        // With one picture its faces stand at the top, too, where scripts look for them.
        if (outcomes.size() == 1 && !outcomes[0].error) document["faces"] = pictures[0]["faces"];
        print_json(document);
    }
    return code;
}

int run(const Options& options) {
    auto files = media::list_pictures(options.inputs);
    if (!files) return report(files.error());
    const int workers =
        std::min(options.workers > 0 ? options.workers : pipeline::cores(), static_cast<int>(files->size()));
    const auto networks = open_networks(options, workers);
    if (!networks) return report(networks.error()), missing;
    if (!options.draw_folder.empty()) {
        if (const Status made = make_folder(options.draw_folder); !made) return report(made.error());
    }
    const auto names = drawing_names(*files);
    std::vector<Outcome> outcomes(files->size());
    {
        ProgressBar bar(ProgressBar::Unit::Items);
        std::atomic<std::size_t> ready{0};
        pipeline::for_each_index(files->size(), workers, [&](std::size_t i) {
            outcomes[i].file = (*files)[i];
            const std::string drawing =
                options.draw_folder.empty() ? "" : (fs::path(options.draw_folder) / names[i]).string();
            if (const Status good = analyse_file(*networks, options, drawing, outcomes[i]); !good)
                outcomes[i].error = good.error();
            if (files->size() > 1)
                bar.show("pictures", static_cast<double>(++ready), static_cast<double>(files->size()));
        });
    }
    if (const Status goes = go_on(); !goes) return report(goes.error());
    return finish(outcomes, options);
}

}  // namespace

Command make_analyze_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("analyze", "Find and measure faces in pictures");
    app->add_option("pictures", options->inputs, "Files, folders or patterns")->required();
    app->add_option("--draw", options->draw_folder, "Leave annotated pictures in this folder");
    app->add_option("--draw-size", options->draw_size, "Longest side of those pictures in pixels; 0: as they are")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->add_option("--profile", options->profile, "Quality asked for: passport, door or cctv")
        ->capture_default_str()
        ->check(CLI::IsMember({"passport", "door", "cctv"}));
    app->add_flag("--quality", options->quality, "Print every component measure; JSON has them always");
    app->add_flag("--mesh", options->mesh, "With all 478 points of each face's mesh, in JSON and drawings");
    app->add_flag("--attributes", options->attributes,
                  "Apparent age, gender, expression and what is worn (glasses, mask, headwear) of each face. In the "
                  "EU, reading expressions or emotions at work "
                  "or school is banned (AI Act, article 5)");
    app->add_flag("--people", options->people, "People, too: boxes, skeletons of 17 points, and whose face is whose");
    app->add_flag("--person-attributes", options->person_attributes,
                  "With --people: what each wears and carries, in JSON")
        ->needs("--people");
    app->add_option("--person-detector", options->person_detector, "Person detector by its name in `mien models list`")
        ->capture_default_str();
    app->add_option("--min-person", options->min_person, "Smallest person in pixels of height; larger is faster")
        ->capture_default_str();
    app->add_option("--min-score", options->min_score, "Least detection score, 0.05..1")->capture_default_str();
    app->add_option("--min-face", options->min_face, "Smallest face in pixels; larger is faster")
        ->capture_default_str();
    app->add_option("--detector", options->detector, "Face detector by its name in `mien models list`")
        ->capture_default_str();
    app->add_flag("--turn", options->turn,
                  "Where no face surely stands upright, look at the picture's other quarter turns, too");
    app->add_option("--workers", options->workers, "Pictures at the same time; 0: one for each core")
        ->capture_default_str();
    app->footer(
        "Examples:\n  mien analyze party.jpg\n  mien analyze photos/ --draw annotated --json > faces.json\n  mien "
        "analyze 'cam*.png' --min-face 60");
    return {app, [options] { return run(*options); }};
}

}  // namespace mien::cli
