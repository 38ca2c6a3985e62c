#include "cli/operating_point.h"

#include <cmath>
#include <cstdio>

#include "cli/evaluation.h"

namespace mien::cli {
namespace {

statistics::Interval interval_from(const Json& json) {
    return {json.at("value"), json.at("low"), json.at("high")};
}

}  // namespace

std::string percent(double rate) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2g %%", rate * 100);
    return text.data();
}

std::string to_text(const GalleryPoint& point) {
    return Json{{"wish", point.wish == GalleryPoint::Wish::Fmr ? "fmr" : "fpir"},
                {"rate", point.rate},
                {"enrolled", point.enrolled},
                {"threshold",
                 {{"value", static_cast<double>(point.threshold.threshold)},
                  {"low", static_cast<double>(point.threshold.low)},
                  {"high", static_cast<double>(point.threshold.high)}}},
                {"fmr", json_of(point.fmr)},
                {"fpir", json_of(point.fpir)},
                {"source", point.source},
                {"measured_on", point.measured_on}}
        .dump();
}

Result<std::optional<GalleryPoint>> kept_point(gallery::Store& store, const std::string& gallery,
                                               const Maker& maker) try {
    MIEN_LET(kept, store.operating_point(gallery, maker));
    if (!kept) return std::optional<GalleryPoint>{};
    const Json json = Json::parse(kept->body);
    GalleryPoint point;
    point.wish = json.at("wish") == "fmr" ? GalleryPoint::Wish::Fmr : GalleryPoint::Wish::Fpir;
    point.rate = json.at("rate");
    point.enrolled = json.at("enrolled");
    const statistics::Interval threshold = interval_from(json.at("threshold"));
    point.threshold = {static_cast<float>(threshold.value), static_cast<float>(threshold.low),
                       static_cast<float>(threshold.high)};
    point.fmr = interval_from(json.at("fmr"));
    point.fpir = interval_from(json.at("fpir"));
    point.source = json.at("source");
    point.measured_on = json.at("measured_on");
    point.made = gallery::to_text(kept->made);
    return std::optional{point};
} catch (const Json::exception& damage) {
    return Error{Fault::Corrupt, "the operating point kept for gallery '" + gallery +
                                     "' can't be read: run mien calibrate again (" + damage.what() + ")"};
}

std::string said(const GalleryPoint& point) {
    const std::string wish =
        point.wish == GalleryPoint::Wish::Fmr
            ? "a false match rate of " + percent(point.rate) + " a comparison"
            : "FPIR " + percent(point.rate) + " at N = " + std::to_string(std::llround(point.enrolled));
    return wish + ", measured on " + point.measured_on;
}

}  // namespace mien::cli
