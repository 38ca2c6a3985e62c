#include "cli/identify_gallery.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <set>

#include "cli/faces.h"
#include "cli/operating_point.h"
#include "cli/progress_bar.h"
#include "gallery/live.h"
#include "pipeline/calibration_file.h"
#include "pipeline/subject.h"

namespace mien::cli {
namespace {

using gallery::Store;

// One template space of a gallery, ready to be searched.
struct Space {
    pipeline::FacePipeline faces;
    gallery::LiveGallery live;
    statistics::Calibration calibration{};
    OperatingPoint point{};
    std::optional<GalleryPoint> kept{};  // where the point is the gallery's own
};

constexpr double default_fmr = 0.002;
constexpr double grown = 1.2;  // a gallery this much larger than when it was calibrated is worth a word

struct Candidate {
    gallery::SubjectInfo subject{};
    float similarity = 0;
    bool match = false;
    std::size_t space = 0;
};

struct Answer {
    std::vector<Candidate> candidates{};  // best first
    std::vector<Candidate> held_back{};
    const Candidate* best() const {
        return !candidates.empty() && candidates.front().match ? &candidates.front() : nullptr;
    }
};

// While a gallery is upgraded it has templates of two makers; each space is searched by its own network and judged by
// its own threshold. The newest comes first.
Result<std::vector<Space>> open_spaces(Store& store, const GalleryLook& look) {
    MIEN_LET(makers, store.makers(look.gallery));
    if (makers.empty())
        return Error{Fault::BadInput, "gallery '" + look.gallery + "' is empty: enrol somebody first (mien enroll)"};
    std::vector<Space> spaces;
    ProgressBar bar(ProgressBar::Unit::Items);
    const auto show = [&](std::size_t now, std::size_t all) {
        bar.show("opening templates", static_cast<double>(now), static_cast<double>(all));
    };
    for (auto maker = makers.rbegin(); maker != makers.rend(); ++maker) {
        MIEN_LET(faces, open_faces({.views = views_for(*maker)}));
        if (faces.maker() != *maker)
            return Error{Fault::Unsupported,
                         "gallery '" + look.gallery + "' holds templates by " + maker->model + ' ' + maker->version +
                             ", which this build can't make: upgrade the gallery (mien gallery upgrade)"};
        MIEN_LET(calibration, pipeline::shipped_calibration(faces.maker()));
        MIEN_LET(kept, kept_point(store, look.gallery, *maker));
        if (look.fmr) kept.reset();
        OperatingPoint point;
        if (kept) {
            point = {kept->threshold.threshold, kept->fmr.value, kept->measured_on};
        } else {
            MIEN_LET(wished, calibration.threshold_for(look.fmr.value_or(default_fmr)));
            point = std::move(wished);
        }
        MIEN_LET(live, gallery::LiveGallery::open(store, look.gallery, faces.maker(), {.on_progress = show}));
        spaces.push_back(
            {std::move(faces), std::move(live), std::move(calibration), std::move(point), std::move(kept)});
    }
    return spaces;
}

// A subject's pictures are compared as one: with the best of several alone strangers would pass more often than
// claimed.
Result<float> similarity_to(Store& store, const Space& space, std::int64_t subject, const Template& probe) {
    MIEN_LET(templates, store.templates(subject, space.faces.maker()));
    MIEN_LET(whole, pipeline::Subject::make(std::move(templates), space.calibration));
    return whole.similarity(probe);
}

// A subject counts in the newest space that has it.
Result<Answer> look_in(Store& store, const std::vector<Space>& spaces, const std::string& picture,
                       const GalleryLook& look) {
    // Found by their best template, ranked by all of them: somewhat more are looked at than are shown.
    constexpr std::size_t more = 10;
    Answer answer;
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i < spaces.size(); ++i) {
        MIEN_LET(face, largest_face(spaces[i].faces, picture));
        const std::vector probes{*face.made};
        MIEN_LET(looks, spaces[i].live.search(probes, {.top = static_cast<std::size_t>(look.top) + more}));
        for (const auto& [found, into] : {std::pair{&looks.front().found, &answer.candidates},
                                          std::pair{&looks.front().held_back, &answer.held_back}}) {
            for (const gallery::Found& one : *found) {
                if (!seen.insert(one.subject).second) continue;
                MIEN_LET(subject, store.subject(one.subject));
                MIEN_LET(similarity, similarity_to(store, spaces[i], one.subject, probes.front()));
                into->push_back({std::move(subject), similarity, similarity >= spaces[i].point.threshold, i});
            }
        }
    }
    std::ranges::stable_sort(answer.candidates, [](const Candidate& a, const Candidate& b) {
        return a.match != b.match ? a.match : a.space == b.space && a.similarity > b.similarity;
    });
    if (answer.candidates.size() > static_cast<std::size_t>(look.top))
        answer.candidates.resize(static_cast<std::size_t>(look.top));
    return answer;
}

Json json_of(const Candidate& candidate, const std::vector<Space>& spaces) {
    Json json{{"subject", candidate.subject.name},
              {"similarity", rounded(candidate.similarity)},
              {"match", candidate.match},
              {"reference", candidate.subject.reference}};
    if (!candidate.subject.metadata.empty()) json["metadata"] = Json::parse(candidate.subject.metadata, nullptr, false);
    if (candidate.subject.kind == gallery::SubjectKind::Unknown) json["unknown"] = true;
    if (spaces.size() > 1) {
        json["maker"] = pipeline::calibration_name(spaces[candidate.space].faces.maker());
        json["threshold"] = rounded(spaces[candidate.space].point.threshold);
    }
    return json;
}

void print(const std::string& picture, const Answer& answer) {
    std::cout << picture << ": " << (answer.best() == nullptr ? "nobody in the gallery" : answer.best()->subject.name)
              << '\n';
    for (const Candidate& c : answer.candidates)
        std::cout << "  " << rounded(c.similarity) << (c.match ? "  match     " : "  no match  ") << c.subject.name
                  << '\n';
    for (const Candidate& c : answer.held_back)
        std::cout << "  " << rounded(c.similarity) << "  held back " << c.subject.name
                  << " (somebody said: not this person)\n";
}

// The record is on the disk before the answer is given.
Status record(Store& store, const Answer& answer, const std::vector<Space>& spaces, const GalleryLook& look) {
    const Candidate* best = answer.best();
    const Space& space = spaces[best == nullptr ? 0 : best->space];
    const std::vector<gallery::AuditEntry> entries{
        {.action = "identify",
         .gallery = look.gallery,
         .subject_reference = best == nullptr ? std::string{} : best->subject.reference,
         .maker = pipeline::calibration_name(space.faces.maker()),
         .threshold = space.point.threshold,
         .outcome = best == nullptr ? "nobody" : "a candidate",
         .actor = look.store.actor()}};
    MIEN_TRY(store.note(entries));
    if (best == nullptr) return {};
    const std::vector met{best->subject.id};
    return store.touch(met);
}

// At most: where alarms cluster on some people, fewer of the others raise one.
double expected_fpir(double fmr, double subjects) {
    return 1 - std::pow(1 - fmr, subjects);
}

Json json_of(const OperatingPoint& point, const std::optional<GalleryPoint>& kept, double subjects) {
    Json json{{"fmr_per_comparison", point.fmr},
              {"measured_on", point.measured_on},
              {"fpir_expected_at_most", rounded(expected_fpir(point.fmr, subjects))}};
    if (kept) {
        json["wish"] = {{kept->wish == GalleryPoint::Wish::Fmr ? "fmr" : "fpir", kept->rate}};
        json["enrolled_then"] = kept->enrolled;
        json["source"] = kept->source;
        json["made"] = kept->made;
    }
    return json;
}

// What the threshold stands for, on standard error.
void tell(const OperatingPoint& point, const std::optional<GalleryPoint>& kept, double subjects,
          const GalleryLook& look) {
    if (kept) {
        if (!look.store.json)
            std::cerr << "mien: threshold " << rounded(point.threshold) << " for " << said(*kept) << ", of "
                      << kept->made.substr(0, 10) << '\n';
        if (subjects > grown * kept->enrolled)
            std::cerr << "mien: the gallery has grown from " << std::llround(kept->enrolled) << " to "
                      << std::llround(subjects)
                      << " subjects since it was calibrated, and false alarms with it: run mien calibrate "
                      << look.gallery << " again\n";
        return;
    }
    const double false_alarms = expected_fpir(point.fmr, subjects);
    if (false_alarms > 0.05 && !look.store.json)
        std::cerr << "mien: with " << std::llround(subjects) << " subjects up to " << std::lround(false_alarms * 100)
                  << " of 100 strangers reach this threshold for somebody; lower --fmr, or calibrate the gallery (mien "
                     "calibrate)\n";
}

}  // namespace

Result<int> identify_in_gallery(const GalleryLook& look) {
    MIEN_LET(store, open_store_for_people(look.store));
    MIEN_LET(info, store.gallery(look.gallery));
    MIEN_LET(spaces, open_spaces(store, look));
    const OperatingPoint& point = spaces.front().point;
    Json searches = Json::array();
    int code = done;
    for (const std::string& picture : look.pictures) {
        auto answer = look_in(store, spaces, picture, look);
        if (!answer) {
            code = std::max(code, report(answer.error()));
            searches.push_back({{"file", picture}, {"error", cli::json_of(answer.error())}});
            continue;
        }
        MIEN_TRY(record(store, *answer, spaces, look));
        if (answer->best() == nullptr) code = std::max(code, negative);
        if (!look.store.json) print(picture, *answer);
        Json candidates = Json::array();
        Json held_back = Json::array();
        for (const Candidate& c : answer->candidates) candidates.push_back(json_of(c, spaces));
        for (const Candidate& c : answer->held_back) held_back.push_back(json_of(c, spaces));
        searches.push_back({{"file", picture},
                            {"found", answer->best() != nullptr},
                            {"candidates", candidates},
                            {"held_back", held_back}});
    }
    const double subjects = static_cast<double>(info.subjects + info.unknowns);
    const std::optional<GalleryPoint>& kept = spaces.front().kept;
    if (look.store.json) {
        std::size_t templates = 0;
        for (const Space& space : spaces) templates += space.live.size();
        print_json({{"searches", searches},
                    {"gallery", cli::json_of(info)},
                    {"templates_searched", templates},
                    {"threshold", rounded(point.threshold)},
                    {"operating_point", json_of(point, kept, subjects)}});
    }
    tell(point, kept, subjects, look);
    return code;
}

}  // namespace mien::cli
