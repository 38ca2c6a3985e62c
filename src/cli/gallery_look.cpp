#include "cli/gallery_look.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <set>
#include <tuple>

#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "media/read_picture.h"
#include "pipeline/calibration_file.h"
#include "pipeline/subject.h"

namespace mien::cli {
namespace {

using gallery::Store;

constexpr double default_fmr = 0.002;
constexpr double grown = 1.2;  // a gallery this much larger than when it was calibrated is worth a word

// At most: where alarms cluster on some people, fewer of the others raise one.
double expected_fpir(double fmr, double subjects) {
    return 1 - std::pow(1 - fmr, subjects);
}

bool within(const gallery::Filter& filter, gallery::Time time) {
    const auto at = time.time_since_epoch().count();
    return at >= filter.enrolled_from && at < filter.enrolled_before;
}

}  // namespace

Result<GalleryLook> GalleryLook::open(Store& store, LookWish wish) {
    MIEN_LET(info, store.gallery(wish.gallery));
    MIEN_LET(makers, store.makers(wish.gallery));
    if (makers.empty())
        return Error{Fault::BadInput, "gallery '" + wish.gallery + "' is empty: enrol somebody first (mien enroll)"};
    GalleryLook look(store, std::move(wish), std::move(info));
    for (auto maker = makers.rbegin(); maker != makers.rend(); ++maker) MIEN_TRY(look.open_space(*maker));
    return look;
}

Status GalleryLook::open_space(const Maker& maker) {
    MIEN_LET(faces, open_faces_for(maker));
    MIEN_LET(calibration, pipeline::shipped_calibration(maker));
    MIEN_LET(kept, kept_point(*store_, wish_.gallery, maker));
    if (wish_.fmr) kept.reset();
    OperatingPoint point;
    if (kept) {
        point = {kept->threshold.threshold, kept->fmr.value, kept->measured_on};
    } else {
        MIEN_LET(wished, calibration.threshold_for(wish_.fmr.value_or(default_fmr)));
        point = std::move(wished);
    }
    ProgressBar bar(ProgressBar::Unit::Items);
    gallery::LiveOptions options;
    if (wish_.chosen.where.asks()) options.metadata = gallery::LiveOptions::Metadata::Opened;
    options.on_progress = [&](std::size_t now, std::size_t all) {
        bar.show("opening templates", static_cast<double>(now), static_cast<double>(all));
    };
    MIEN_LET(live, gallery::LiveGallery::open(*store_, wish_.gallery, maker, options));
    spaces_.push_back({std::move(faces), std::move(live), std::move(calibration), std::move(point), std::move(kept)});
    return {};
}

Result<std::vector<Probe>> GalleryLook::probes_of(const std::string& picture, pipeline::Faces which) const {
    MIEN_LET(frame, media::read_frame(picture));
    std::vector<Probe> probes;
    for (const Space& space : spaces_) {  // all find the same faces: they differ in the template alone
        MIEN_LET(found, space.faces.analyse(frame, {.faces = which}));
        if (found.empty())
            return Error{Fault::BadInput,
                         picture + ": no face found; use a picture in which the face is larger, upright and lit"};
        probes.resize(found.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            probes[i].files = {picture};
            probes[i].face = i + 1;
            probes[i].region = found[i].region;
            probes[i].picture = frame.picture;
            probes[i].templates.push_back({std::move(*found[i].made)});
        }
    }
    return probes;
}

Result<Candidate> GalleryLook::candidate_of(std::size_t number, std::int64_t id,
                                            const std::vector<Template>& probe) const {
    const Space& space = spaces_[number];
    Candidate candidate{.space = number};
    MIEN_LET(subject, store_->subject(id));
    candidate.subject = std::move(subject);
    MIEN_LET(stored, store_->stored_templates(id, space.faces.maker()));
    std::erase_if(stored, [&](const auto& made) { return !within(wish_.chosen.filter, made.created); });
    if (stored.empty()) return Error{Fault::NotFound, "'" + candidate.subject.name + "' has no sample here any more"};
    std::vector<Template> templates;
    for (gallery::StoredTemplate& made : stored) templates.push_back({space.faces.maker(), std::move(made.values)});
    MIEN_LET(whole, pipeline::Subject::make(std::move(templates), space.calibration));
    MIEN_LET(made, pipeline::Subject::make(probe, space.calibration));
    MIEN_LET(similarity, whole.similarity(made));
    MIEN_LET(nearest, whole.nearest(probe.front()));
    candidate.similarity = similarity;
    candidate.fmr = space.calibration.at(similarity).value;
    candidate.match = similarity >= space.point.threshold;
    candidate.sample = stored[nearest].sample;
    candidate.taken = stored[nearest].created;
    return candidate;
}

Result<bool> GalleryLook::in_newer_space(std::size_t space, std::int64_t subject) const {
    for (std::size_t newer = 0; newer < space; ++newer) {
        MIEN_LET(templates, store_->templates(subject, spaces_[newer].faces.maker()));
        if (!templates.empty()) return true;
    }
    return false;
}

Result<Answer> GalleryLook::look(const Probe& probe) const {
    constexpr std::size_t more = 10;  // found by their best sample, ranked by all
    Answer answer;
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i < spaces_.size(); ++i) {
        // More than there are is no wish for more memory.
        const std::size_t top = std::min(wish_.top, spaces_[i].live.size()) + more;
        MIEN_LET(looks,
                 spaces_[i].live.search(probe.templates[i],
                                        {.top = top, .filter = wish_.chosen.filter, .where = wish_.chosen.where}));
        // Whom somebody rejected for one of the pictures is not named by another one.
        for (const bool held_back : {true, false}) {
            for (const gallery::LookResult& result : looks) {
                for (const gallery::Found& one : held_back ? result.held_back : result.found) {
                    if (!seen.insert(one.subject).second) continue;
                    MIEN_LET(newer, in_newer_space(i, one.subject));
                    if (newer) continue;
                    auto candidate = candidate_of(i, one.subject, probe.templates[i]);
                    if (!candidate && candidate.error().fault == Fault::NotFound) continue;  // forgotten just now
                    if (!candidate) return candidate.error();
                    (held_back ? answer.held_back : answer.candidates).push_back(std::move(*candidate));
                }
            }
        }
    }
    std::ranges::stable_sort(answer.candidates, [](const Candidate& a, const Candidate& b) {
        return std::tuple(!a.match, a.fmr, a.space, -a.similarity) <
               std::tuple(!b.match, b.fmr, b.space, -b.similarity);
    });
    if (answer.candidates.size() > wish_.top) answer.candidates.resize(wish_.top);
    return answer;
}

Status GalleryLook::record(std::string_view action, const Answer& answer) const {
    const Candidate* best = answer.best();
    const Space& space = spaces_[best == nullptr ? 0 : best->space];
    const std::string shown = std::to_string(answer.candidates.size()) + " shown";
    const std::vector<gallery::AuditEntry> entries{
        {.action = std::string(action),
         .gallery = wish_.gallery,
         .subject_reference = best == nullptr ? std::string{} : best->subject.reference,
         .maker = pipeline::calibration_name(space.faces.maker()),
         .threshold = space.point.threshold,
         .outcome = action == "search" ? shown
                    : best == nullptr  ? "nobody"
                                       : "a candidate",
         .actor = wish_.store.actor()}};
    MIEN_TRY(store_->note(entries));
    if (best == nullptr) return {};
    const std::vector met{best->subject.id};
    return store_->touch(met);
}

Json GalleryLook::json_of(const Candidate& candidate) const {
    Json json{{"subject", candidate.subject.name},
              {"similarity", rounded(candidate.similarity)},
              {"match", candidate.match},
              {"reference", candidate.subject.reference}};
    if (!candidate.subject.metadata.empty()) json["metadata"] = Json::parse(candidate.subject.metadata, nullptr, false);
    if (candidate.subject.kind == gallery::SubjectKind::Unknown) json["unknown"] = true;
    json["sample"] = {{"id", candidate.sample}, {"taken", gallery::to_text(candidate.taken)}};
    for (const gallery::SampleInfo& sample : candidate.subject.samples)
        if (sample.id == candidate.sample) json["sample"]["source"] = sample.source;
    if (spaces_.size() > 1) {
        json["maker"] = pipeline::calibration_name(spaces_[candidate.space].faces.maker());
        json["threshold"] = rounded(spaces_[candidate.space].point.threshold);
    }
    return json;
}

Json GalleryLook::json_of(const Probe& probe, const Answer& answer) const {
    Json json{{"file", probe.files.front()}};
    if (probe.files.size() > 1) json["files"] = probe.files;
    json["face"] = probe.face;
    json["box"] = cli::json_of(probe.region.box);
    json["found"] = answer.best() != nullptr;
    json["candidates"] = Json::array();
    json["held_back"] = Json::array();
    for (const Candidate& c : answer.candidates) json["candidates"].push_back(json_of(c));
    for (const Candidate& c : answer.held_back) json["held_back"].push_back(json_of(c));
    return json;
}

Json GalleryLook::json_of_point(const Space& space) const {
    Json json{{"fmr_per_comparison", space.point.fmr},
              {"measured_on", space.point.measured_on},
              {"fpir_expected_at_most", rounded(expected_fpir(space.point.fmr, subjects()))}};
    if (const std::optional<GalleryPoint>& kept = space.kept) {
        json["wish"] = {{kept->wish == GalleryPoint::Wish::Fmr ? "fmr" : "fpir", kept->rate}};
        json["enrolled_then"] = kept->enrolled;
        json["source"] = kept->source;
        json["made"] = kept->made;
    }
    return json;
}

void GalleryLook::add_point(Json& document) const {
    std::size_t templates = 0;
    for (const Space& space : spaces_) templates += space.live.size();
    document["gallery"] = cli::json_of(info_);
    document["templates_searched"] = templates;
    document["threshold"] = rounded(spaces_.front().point.threshold);
    document["operating_point"] = json_of_point(spaces_.front());
    if (spaces_.size() == 1) return;
    document["spaces"] = Json::array();
    for (const Space& space : spaces_)
        document["spaces"].push_back({{"maker", pipeline::calibration_name(space.faces.maker())},
                                      {"templates", space.live.size()},
                                      {"threshold", rounded(space.point.threshold)},
                                      {"operating_point", json_of_point(space)}});
}

std::string GalleryLook::judged_by(const Candidate& candidate) const {
    if (spaces_.size() == 1) return {};
    const Space& space = spaces_[candidate.space];
    return "by " + space.faces.maker().model + ", threshold " + Json(rounded(space.point.threshold)).dump();
}

void GalleryLook::tell() const {
    for (const Space& space : spaces_) {
        if (spaces_.size() > 1 && !wish_.store.json)
            std::cerr << "mien: by " << pipeline::calibration_name(space.faces.maker()) << ", " << space.live.size()
                      << " templates, threshold " << rounded(space.point.threshold) << '\n';
        tell(space);
    }
}

void GalleryLook::tell(const Space& space) const {
    if (const std::optional<GalleryPoint>& kept = space.kept) {
        if (!wish_.store.json)
            std::cerr << "mien: threshold " << rounded(space.point.threshold) << " for " << said(*kept) << ", of "
                      << kept->made.substr(0, 10) << '\n';
        if (subjects() > grown * kept->enrolled)
            std::cerr << "mien: the gallery has grown from " << std::llround(kept->enrolled) << " to "
                      << std::llround(subjects())
                      << " subjects since it was calibrated, and false alarms with it: run mien calibrate "
                      << wish_.gallery << " again\n";
        return;
    }
    const double false_alarms = expected_fpir(space.point.fmr, subjects());
    if (false_alarms > 0.05 && !wish_.store.json)
        std::cerr << "mien: with " << std::llround(subjects()) << " subjects up to " << std::lround(false_alarms * 100)
                  << " of 100 strangers reach this threshold for somebody; lower --fmr, or calibrate the gallery (mien "
                     "calibrate)\n";
}

Result<Probe> as_one_person(std::vector<Probe> probes) {
    if (probes.empty()) return Error{Fault::BadInput, "none of the pictures shows a face"};
    Probe one = std::move(probes.front());
    for (std::size_t i = 1; i < probes.size(); ++i) {
        one.files.push_back(probes[i].files.front());
        for (std::size_t space = 0; space < one.templates.size(); ++space)
            one.templates[space].push_back(std::move(probes[i].templates[space].front()));
    }
    return one;
}

}  // namespace mien::cli
