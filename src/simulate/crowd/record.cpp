// The files of a simulated crowd, as contracts/crowd.md lays them out.
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "simulate/crowd/crowd.h"

namespace mien::simulate {
namespace {

using Json = nlohmann::ordered_json;

template <class... Values>
void line(std::string& text, const char* format, Values... values) {
    std::array<char, 256> row{};
    std::snprintf(row.data(), row.size(), format, values...);
    text += row.data();
}

Json json_of(Point p) {
    return {std::round(p.x * 100) / 100, std::round(p.y * 100) / 100};
}

Json json_of(const Eigen::Matrix3f& m) {
    Json rows = Json::array();
    for (int i = 0; i < 3; ++i) rows.push_back({m(i, 0), m(i, 1), m(i, 2)});
    return rows;
}

const char* name_of(Direction direction) {
    return direction == Direction::In ? "in" : "out";
}

Json camera_json(const CameraTruth& truth) {
    const Camera& camera = truth.hall.camera;
    const Eigen::Vector3f shift = -camera.turn * camera.at;
    Json lines = Json::array();
    for (const CountingLine& l : truth.lines) {
        const auto count = [&](Direction way) {
            return std::ranges::count_if(truth.crossings,
                                         [&](const Crossing& c) { return c.line == l.name && c.direction == way; });
        };
        lines.push_back({{"name", l.name},
                         {"a", json_of(l.a)},
                         {"b", json_of(l.b)},
                         {"in", count(Direction::In)},
                         {"out", count(Direction::Out)}});
    }
    Json zones = Json::array();
    for (const Zone& zone : truth.zones) {
        Json corners = Json::array();
        for (const Point p : zone.corners) corners.push_back(json_of(p));
        zones.push_back({{"name", zone.name}, {"corners", corners}});
    }
    Json pillars = Json::array();
    for (const Pillar& pillar : truth.hall.pillars)
        pillars.push_back({{"at", {pillar.at.x(), pillar.at.y()}}, {"radius", pillar.radius}});
    return {{"name", camera.name},
            {"intrinsics", json_of(camera.intrinsics())},
            {"rotation", json_of(camera.turn)},
            {"translation", {shift.x(), shift.y(), shift.z()}},
            {"floor_to_picture", json_of(camera.floor_to_picture())},
            {"lines", lines},
            {"zones", zones},
            {"pillars", pillars}};
}

Json person_json(const Crowd& crowd, std::size_t i) {
    Json person{{"id", i + 1}, {"behaviour", name_of(crowd.walks[i].behaviour)}};
    if (const auto* cutout = std::get_if<Cutout>(&crowd.figures[i])) {
        person["kind"] = "cut_out";
        person["height"] = cutout->height();
        return person;
    }
    const auto& walker = std::get<Walker>(crowd.figures[i]);
    const Appearance& a = walker.appearance();
    person["kind"] = "rendered";
    person["height"] = walker.height();
    person["sex"] = a.shape.sex == Gender::Female ? "female" : "male";
    person["age"] = static_cast<int>(a.shape.age);
    person["age_band"] = age_band_of(a.shape.age);
    person["upper_colour"] = a.upper.name;
    person["upper_pattern"] = name_of(a.pattern);
    person["upper_second_colour"] = a.pattern == Pattern::Plain ? a.upper.name : a.second.name;
    person["lower_colour"] = a.lower.name;
    person["shoe_colour"] = a.shoe_colour.name;
    person["hair_colour"] = a.hair_colour.name;
    person["bag"] = name_of(a.bag);
    person["hat"] = a.hat;
    return person;
}

std::string boxes_text(const std::vector<TruthRow>& rows) {
    std::string text;
    for (const TruthRow& r : rows)
        line(text, "%d,%d,%.0f,%.0f,%.0f,%.0f,1,1,%.3f\n", r.frame, r.person, static_cast<double>(r.box.x),
             static_cast<double>(r.box.y), static_cast<double>(r.box.width), static_cast<double>(r.box.height),
             static_cast<double>(r.visibility));
    return text;
}

std::string floor_text(const Crowd& crowd, const CameraTruth& truth) {
    std::string text = "frame,person,foot_x,foot_y,floor_x,floor_y,heading\n";
    for (const TruthRow& r : truth.rows) {
        const Spot& spot =
            crowd.walks[static_cast<std::size_t>(r.person - 1)].spots[static_cast<std::size_t>(r.frame - 1)];
        line(text, "%d,%d,%.3f,%.3f,%.4f,%.4f,%.3f\n", r.frame, r.person, static_cast<double>(r.foot.x),
             static_cast<double>(r.foot.y), static_cast<double>(spot.at.x()), static_cast<double>(spot.at.y()),
             static_cast<double>(spot.heading));
    }
    return text;
}

std::string occupancy_text(const Crowd& crowd, const CameraTruth& truth) {
    std::string text = "frame,zone,count\n";
    for (const Zone& zone : truth.zones) {
        std::vector<int> counts(static_cast<std::size_t>(crowd.frames));
        for (const TruthRow& r : truth.rows)
            if (zone.holds(r.foot)) ++counts[static_cast<std::size_t>(r.frame - 1)];
        for (int frame = 0; frame < crowd.frames; ++frame)
            text += std::to_string(frame + 1) + "," + zone.name + "," +
                    std::to_string(counts[static_cast<std::size_t>(frame)]) + "\n";
    }
    return text;
}

std::string crossings_text(const CameraTruth& truth) {
    std::string text = "frame,person,line,direction\n";
    for (const Crossing& c : truth.crossings)
        text +=
            std::to_string(c.frame) + "," + std::to_string(c.person) + "," + c.line + "," + name_of(c.direction) + "\n";
    return text;
}

std::string sequence_text(const Crowd& crowd, const Camera& camera) {
    std::string text = "[Sequence]\nname=" + camera.name + "\nimDir=img1\nimExt=.jpg\n";
    line(text, "frameRate=%g\nseqLength=%d\nimWidth=%d\nimHeight=%d\n", static_cast<double>(crowd.options.fps),
         crowd.frames, camera.size.width, camera.size.height);
    return text;
}

std::string detections_text(const Crowd& crowd, std::size_t camera) {
    constexpr std::uint64_t of_detections = 77;
    const CameraTruth& truth = crowd.cameras[camera];
    const auto found = detect(truth.rows, crowd.frames, truth.hall.camera.size, {},
                              Dice(crowd.options.seed).branch(of_detections).branch(camera + 1));
    std::string text;
    for (const Detection& d : found)
        line(text, "%d,-1,%.1f,%.1f,%.1f,%.1f,%.3f,-1,-1,-1\n", d.frame, static_cast<double>(d.box.x),
             static_cast<double>(d.box.y), static_cast<double>(d.box.width), static_cast<double>(d.box.height),
             static_cast<double>(d.confidence));
    return text;
}

// Unbroken stays of each person before each camera, in order of time.
std::string sightings_text(const Crowd& crowd) {
    struct Stay {
        int person, first, last;
        std::string camera;
    };
    std::vector<Stay> stays;
    for (const CameraTruth& truth : crowd.cameras) {
        std::map<int, Stay> open;
        for (const TruthRow& r : truth.rows) {
            const auto found = open.find(r.person);
            if (found != open.end() && r.frame == found->second.last + 1) {
                found->second.last = r.frame;
                continue;
            }
            if (found != open.end()) stays.push_back(found->second);
            open.insert_or_assign(r.person, Stay{r.person, r.frame, r.frame, truth.hall.camera.name});
        }
        for (const auto& [person, stay] : open) stays.push_back(stay);
    }
    std::ranges::stable_sort(stays, [](const Stay& a, const Stay& b) {
        return std::pair(a.first, a.person) < std::pair(b.first, b.person);
    });
    std::string text = "person,camera,first_frame,last_frame\n";
    for (const Stay& s : stays)
        text += std::to_string(s.person) + "," + s.camera + "," + std::to_string(s.first) + "," +
                std::to_string(s.last) + "\n";
    return text;
}

}  // namespace

Status write_truth(const Crowd& crowd) {
    const CrowdOptions& o = crowd.options;
    Json cameras = Json::array();
    for (std::size_t i = 0; i < crowd.cameras.size(); ++i) {
        const CameraTruth& truth = crowd.cameras[i];
        const auto folder = o.output / truth.hall.camera.name;
        MIEN_TRY(write_file(folder / "gt" / "gt.txt", boxes_text(truth.rows)));
        MIEN_TRY(write_file(folder / "seqinfo.ini", sequence_text(crowd, truth.hall.camera)));
        MIEN_TRY(write_file(folder / "floor.csv", floor_text(crowd, truth)));
        MIEN_TRY(write_file(folder / "crossings.csv", crossings_text(truth)));
        MIEN_TRY(write_file(folder / "occupancy.csv", occupancy_text(crowd, truth)));
        if (o.detections == Detections::Yes) MIEN_TRY(write_file(folder / "detections.txt", detections_text(crowd, i)));
        cameras.push_back(camera_json(truth));
    }
    MIEN_TRY(write_file(o.output / "sightings.csv", sightings_text(crowd)));
    Json people = Json::array();
    for (std::size_t i = 0; i < crowd.walks.size(); ++i) people.push_back(person_json(crowd, i));
    // Last, so that a folder with this file is a whole set.
    const Json document{{"format", "mien-crowd"},
                        {"version", 1},
                        {"synthetic", true},
                        {"seed", o.seed},
                        {"fps", o.fps},
                        {"frames", crowd.frames},
                        {"size", {o.size.width, o.size.height}},
                        {"cameras", cameras},
                        {"people", people}};
    return write_file(o.output / "crowd.json", document.dump(1) + "\n");
}

}  // namespace mien::simulate
