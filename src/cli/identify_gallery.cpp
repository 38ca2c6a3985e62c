#include "cli/identify_gallery.h"

#include <cmath>
#include <iostream>

#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "gallery/live.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

using gallery::Store;

struct Answer {
    std::string picture{};
    Json candidates = Json::array();
    Json held_back = Json::array();
    std::string best{};  // empty: nobody at or above the threshold
    float best_similarity = 0;
};

Result<Answer> name_candidates(Store& store, const std::string& picture, const gallery::LookResult& look,
                               float threshold) {
    Answer answer;
    answer.picture = picture;
    for (const gallery::Found& found : look.found) {
        MIEN_LET(subject, store.subject(found.subject));
        const bool match = found.similarity >= threshold;
        if (match && answer.best.empty()) {
            answer.best = subject.name;
            answer.best_similarity = found.similarity;
        }
        Json candidate{{"subject", subject.name},
                       {"similarity", rounded(found.similarity)},
                       {"match", match},
                       {"reference", subject.reference}};
        if (!subject.metadata.empty()) candidate["metadata"] = Json::parse(subject.metadata, nullptr, false);
        if (subject.kind == gallery::SubjectKind::Unknown) candidate["unknown"] = true;
        answer.candidates.push_back(std::move(candidate));
    }
    for (const gallery::Found& found : look.held_back) {
        MIEN_LET(subject, store.subject(found.subject));
        answer.held_back.push_back({{"subject", subject.name}, {"similarity", rounded(found.similarity)}});
    }
    return answer;
}

void print(const Answer& answer, float threshold) {
    std::cout << answer.picture << ": " << (answer.best.empty() ? "nobody in the gallery" : answer.best) << '\n';
    for (const Json& c : answer.candidates)
        std::cout << "  " << c["similarity"] << (c["match"].get<bool>() ? "  match     " : "  no match  ")
                  << c["subject"].get<std::string>() << '\n';
    for (const Json& c : answer.held_back)
        std::cout << "  " << c["similarity"] << "  held back " << c["subject"].get<std::string>()
                  << " (somebody said: not this person)\n";
    (void)threshold;
}

}  // namespace

Result<int> identify_in_gallery(const GalleryLook& look) {
    MIEN_LET(store, open_store(look.store, gallery::StoreOptions::Missing::Fail));
    MIEN_LET(info, store.gallery(look.gallery));
    MIEN_LET(makers, store.makers(look.gallery));
    if (makers.empty())
        return Error{Fault::BadInput, "gallery '" + look.gallery + "' is empty: enrol somebody first (mien enroll)"};
    MIEN_LET(faces, open_faces({.views = views_for(makers.back())}));
    MIEN_LET(calibration, pipeline::shipped_calibration(faces.maker()));
    MIEN_LET(point, calibration.threshold_for(look.fmr));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(live, gallery::LiveGallery::open(
                       store, look.gallery, faces.maker(), {.on_progress = [&](std::size_t now, std::size_t all) {
                           bar.show("opening templates", static_cast<double>(now), static_cast<double>(all));
                       }}));
    Json searches = Json::array();
    int code = done;
    for (const std::string& picture : look.pictures) {
        auto face = largest_face(faces, picture);
        if (!face) {
            code = std::max(code, report(face.error()));
            searches.push_back({{"file", picture}, {"error", json_of(face.error())}});
            continue;
        }
        const std::vector probes{*face->made};
        MIEN_LET(looks, live.search(probes, {.top = static_cast<std::size_t>(look.top)}));
        MIEN_LET(answer, name_candidates(store, picture, looks.front(), point.threshold));
        const std::vector<gallery::AuditEntry> entries{
            {.action = "identify",
             .gallery = look.gallery,
             .subject_reference =
                 answer.best.empty() ? std::string{} : answer.candidates[0]["reference"].get<std::string>(),
             .maker = pipeline::calibration_name(faces.maker()),
             .threshold = point.threshold,
             .outcome = answer.best.empty() ? "nobody" : "a candidate",
             .actor = look.store.actor()}};
        MIEN_TRY(store.note(entries));
        if (!answer.best.empty()) {
            const std::vector met{looks.front().found.front().subject};
            MIEN_TRY(store.touch(met));
        } else {
            code = std::max(code, negative);
        }
        if (!look.store.json) print(answer, point.threshold);
        searches.push_back({{"file", picture},
                            {"found", !answer.best.empty()},
                            {"candidates", answer.candidates},
                            {"held_back", answer.held_back}});
    }
    const auto subjects = static_cast<double>(info.subjects + info.unknowns);
    const double false_alarms = 1 - std::pow(1 - point.fmr, subjects);
    if (look.store.json) {
        print_json({{"searches", searches},
                    {"gallery", json_of(info)},
                    {"templates_searched", live.size()},
                    {"threshold", rounded(point.threshold)},
                    {"operating_point",
                     {{"fmr_per_comparison", point.fmr},
                      {"measured_on", point.measured_on},
                      {"fpir_expected_at_most", rounded(false_alarms)}}}});
    } else if (false_alarms > 0.05) {
        std::cerr << "mien: with " << info.subjects + info.unknowns << " subjects about "
                  << std::lround(false_alarms * 100)
                  << " of 100 strangers reach this threshold for somebody; lower --fmr, or calibrate the gallery (mien "
                     "calibrate)\n";
    }
    return code;
}

}  // namespace mien::cli
