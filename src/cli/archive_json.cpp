#include "cli/archive_json.h"

#include <algorithm>

namespace mien::cli {

double seconds(std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

Json json_of(const archive::Recording& recording) {
    return {{"recording", recording.id},
            {"camera", recording.said.camera},
            {"video", recording.said.video},
            {"started", gallery::to_text(recording.said.started)},
            {"clock", recording.said.clock == archive::Clock::Known ? "known" : "assumed"},
            {"indexed_seconds", seconds(recording.indexed)},
            {"finished", recording.finished}};
}

Json json_of(const archive::KeptSighting& sighting) {
    Json attributes = Json::array();
    for (const Attribute one : attributes_of(sighting.attributes)) attributes.push_back(name_of(one));
    Json path = Json::array();
    for (const PathPoint& point : sighting.path) path.push_back({seconds(point.at), point.foot.x, point.foot.y});
    Json json{{"sighting", sighting.id},
              {"reference", sighting.reference},
              {"camera", sighting.camera},
              {"video", sighting.video},
              {"from", gallery::to_text(sighting.first)},
              {"to", gallery::to_text(sighting.last)},
              {"from_second", seconds(sighting.from)},
              {"to_second", seconds(sighting.to)},
              {"attributes", attributes},
              {"path", path}};
    if (!sighting.measures.empty()) json["measures"] = Json::parse(sighting.measures, nullptr, false);
    return json;
}

Json json_of(const archive::Hit& hit) {
    Json json{{"similarity", rounded(static_cast<double>(hit.similarity))},
              {"at", gallery::to_text(hit.at)},
              {"second", seconds(hit.second)},
              {"link", hit.sighting.video + "#t=" + std::to_string(hit.second.count() / 1000)}};
    json.update(json_of(hit.sighting));
    return json;
}

std::string said(const archive::KeptSighting& sighting) {
    char place[64];
    std::snprintf(place, sizeof place, "%.1f to %.1f s of ", seconds(sighting.from), seconds(sighting.to));
    return sighting.camera + "  " + gallery::to_text(sighting.first) + "  " + place + sighting.video;
}

}  // namespace mien::cli
