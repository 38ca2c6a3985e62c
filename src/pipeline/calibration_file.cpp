#include "pipeline/calibration_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "pipeline/faceres_calibration.h"
#include "pipeline/mirrored_calibration.h"

namespace mien::pipeline {

using Json = nlohmann::ordered_json;

namespace {

// [share, shape, scale] above a start that all fits share. Errors: Corrupt.
Result<statistics::ParetoTail> tail_from(const Json& row, double start) {
    const auto p = row.get<std::array<double, 3>>();
    if (!(p[0] > 0 && p[0] < 1 && std::abs(p[1]) < 10 && p[2] > 0 && p[2] < 10))
        return Error{Fault::Corrupt, "the calibration's tail " + row.dump() + " is not a share, a shape and a scale"};
    return statistics::ParetoTail{start, p[0], p[1], p[2]};
}

Result<statistics::TailModel> tail_model_from(const Json& json, std::size_t subjects) {
    const double start = json.at("start");
    statistics::TailModel model{.subjects = subjects, .clustering = json.at("clustering")};
    if (!(start > 0 && start < 1) || !(model.clustering > 0 && model.clustering <= 1) || subjects < 2)
        return Error{Fault::Corrupt, "the calibration's tail has no start or clustering between 0 and 1"};
    MIEN_LET(fit, tail_from(json.at("fit"), start));
    model.fit = fit;
    for (const Json& row : json.at("replicates")) {
        MIEN_LET(replicate, tail_from(row, start));
        model.replicates.push_back(replicate);
    }
    return model;
}

std::string row_of(const statistics::ParetoTail& tail) {
    const auto digits = [](double v) { return std::round(v * 1e8) / 1e8; };
    return Json{digits(tail.share), digits(tail.shape), digits(tail.scale)}.dump();
}

std::string text_of(const statistics::TailModel& tail) {
    std::string text = "{\n    \"start\": " + Json(tail.fit.start).dump() +
                       ",\n    \"clustering\": " + Json(std::round(tail.clustering * 1e4) / 1e4).dump() +
                       ",\n    \"fit\": " + row_of(tail.fit) + ",\n    \"replicates\": [";
    for (std::size_t i = 0; i < tail.replicates.size(); ++i)
        text += (i == 0 ? "" : ",") + std::string(i % 4 == 0 ? "\n      " : " ") + row_of(tail.replicates[i]);
    return text + "\n    ]\n  }";
}

}  // namespace

Result<statistics::Calibration> read_calibration(ByteView bytes) try {
    const Json json = Json::parse(bytes.begin(), bytes.end());
    if (!json.at("subjects").is_number_unsigned())
        return Error{Fault::Corrupt, "the calibration's number of subjects is not a whole number"};
    statistics::Calibration calibration{json.at("maker"), json.at("data"), json.at("subjects"), {}, {}, {}, {}};
    for (const Json& row : json.at("points")) {
        const auto p = row.get<std::array<double, 5>>();
        calibration.points.push_back({static_cast<float>(p[0]), p[1], p[2], p[3], p[4]});
        for (const double value : p) {
            if (!(value >= 0 && value <= 1))
                return Error{Fault::Corrupt, "the calibration holds " + std::to_string(value) + ", not a share 0..1"};
        }
    }
    const auto disorder = std::ranges::adjacent_find(
        calibration.points, [](const auto& a, const auto& b) { return a.similarity >= b.similarity || a.fmr < b.fmr; });
    if (disorder != calibration.points.end()) return Error{Fault::Corrupt, "the calibration's points are not in order"};
    if (json.contains("tail")) {
        MIEN_LET(tail, tail_model_from(json.at("tail"), calibration.subjects));
        calibration.tail = std::move(tail);
    }
    for (const Json& row : json.value("misses", Json::array())) {
        const auto p = row.get<std::array<double, 4>>();
        for (const double value : p)
            if (!(value >= 0 && value <= 1))
                return Error{Fault::Corrupt, "the calibration holds " + std::to_string(value) + ", not a share 0..1"};
        calibration.misses.push_back({static_cast<float>(p[0]), p[1], p[2], p[3]});
    }
    if (!std::ranges::is_sorted(calibration.misses, {}, &statistics::Calibration::Miss::similarity))
        return Error{Fault::Corrupt, "the calibration's misses are not in order"};
    if (const auto several = json.find("several"); several != json.end()) {
        const statistics::Several read{several->at("centre"), several->at("slope")};
        constexpr double steepest = 1000;  // far beyond any use; keeps what follows finite
        if (!(read.centre >= 0 && read.centre <= 1) || !(read.slope >= 0 && read.slope <= steepest))
            return Error{Fault::Corrupt, "the calibration's centre or slope for several pictures is out of range"};
        calibration.several = read;
    }
    return calibration;
} catch (const std::exception& failure) {
    return Error{Fault::Corrupt, std::string("the calibration can't be read: ") + failure.what()};
}

std::string to_json(const statistics::Calibration& calibration) {
    const auto digits = [](double v) { return std::round(v * 1e7) / 1e7; };
    Json points = Json::array();
    for (const auto& p : calibration.points)
        points.push_back({digits(p.similarity), digits(p.fmr), digits(p.low), digits(p.high), digits(p.fnmr)});
    std::string text = "{\n  \"maker\": " + Json(calibration.maker).dump() +
                       ",\n  \"data\": " + Json(calibration.data).dump() +
                       ",\n  \"subjects\": " + std::to_string(calibration.subjects);
    if (calibration.several) {
        const Json several{{"centre", digits(calibration.several->centre)}, {"slope", calibration.several->slope}};
        text += ",\n  \"several\": " + several.dump();
    }
    text += ",\n  \"points\": [";
    for (std::size_t i = 0; i < points.size(); ++i) text += (i == 0 ? "\n    " : ",\n    ") + points[i].dump();
    text += "\n  ]";
    for (std::size_t i = 0; i < calibration.misses.size(); ++i) {
        const auto& m = calibration.misses[i];
        text += (i == 0 ? ",\n  \"misses\": [\n    " : ",\n    ") +
                Json{digits(static_cast<double>(m.similarity)), digits(m.fnmr), digits(m.low), digits(m.high)}.dump();
    }
    if (!calibration.misses.empty()) text += "\n  ]";
    if (calibration.tail) text += ",\n  \"tail\": " + text_of(*calibration.tail);
    return text + "\n}\n";
}

std::string calibration_name(const Maker& maker) {
    return maker.model + " " + maker.version + ", " + maker.preprocessing;
}

Result<statistics::Calibration> shipped_calibration(const Maker& maker) {
    for (const std::string_view text :
         {built_in_calibration(), built_in_mirrored_calibration(), built_in_faceres_calibration()}) {
        MIEN_LET(calibration, read_calibration(as_bytes(text)));
        if (calibration.maker == calibration_name(maker)) return calibration;
    }
    return Error{Fault::Unavailable, "no calibration is shipped for " + calibration_name(maker) +
                                         ": measure one with `mien eval face-verification --write-calibration`"};
}

}  // namespace mien::pipeline
