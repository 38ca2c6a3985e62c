#include <iostream>
#include <memory>

#include "base/stop.h"
#include "cli/faces.h"
#include "cli/gallery_commands.h"
#include "cli/operating_point.h"
#include "cli/progress_bar.h"
#include "cli/store.h"
#include "gallery/live.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"
#include "pipeline/calibration_file.h"
#include "pipeline/kept_crop.h"

namespace mien::cli {
namespace {

using gallery::Store;

struct Options {
    StoreChoice store{};
    std::string gallery{};
    std::vector<std::string> pictures{};
};

// Groups the faces of pictures into profiles: one that is like nobody becomes a new unknown.
class Observer {
public:
    Observer(Store& store, const Options& options, const pipeline::FacePipeline& faces, gallery::LiveGallery live,
             float threshold, bool keep_crops)
        : store_(store),
          options_(options),
          faces_(faces),
          live_(std::move(live)),
          threshold_(threshold),
          keep_crops_(keep_crops) {}

    Result<Json> look_at(const std::string& picture) {
        MIEN_LET(frame, media::read_frame(picture));
        MIEN_LET(faces, faces_.analyse(frame, {}));
        Json seen = Json::array();
        for (pipeline::Face& face : faces) {
            MIEN_LET(one, take(frame, face));
            one["box"] = json_of(face.region.box);
            seen.push_back(std::move(one));
        }
        return Json{{"file", picture}, {"faces", seen}};
    }

private:
    Result<Json> take(const Frame& frame, pipeline::Face& face) {
        const std::vector probes{*face.made};
        MIEN_LET(looks, live_.search(probes, {.top = 1, .threshold = threshold_}));
        std::string name = "unknown-" + gallery::to_hex(gallery::random_bytes(4));
        std::string kind = "new";
        float similarity = 0;
        if (!looks.front().found.empty()) {
            const gallery::Found& found = looks.front().found.front();
            MIEN_LET(subject, store_.subject(found.subject));
            similarity = found.similarity;
            name = subject.name;
            kind = subject.kind == gallery::SubjectKind::Known ? "known" : "unknown";
            if (subject.kind ==
                gallery::SubjectKind::Known) {  // whoever is known was enrolled on purpose: nothing is added
                const std::vector met{subject.id};
                MIEN_TRY(store_.touch(met));
                MIEN_TRY(note(subject.reference));
                return Json{{"subject", name}, {"kind", kind}, {"similarity", rounded(similarity)}};
            }
        }
        gallery::Enrolment sighting{.subject = name, .kind = gallery::SubjectKind::Unknown};
        gallery::NewSample sample{.made = {std::move(*face.made)}, .source = frame.source};
        if (keep_crops_) {
            MIEN_LET(crop, pipeline::kept_crop(*frame.picture, face.region));
            sample.crop = std::move(crop);
        }
        sighting.samples.push_back(std::move(sample));
        const std::vector people{std::move(sighting)};
        MIEN_TRY(store_.enrol(options_.gallery, people, options_.store.actor()));
        MIEN_TRY(live_.refresh());
        Json json{{"subject", name}, {"kind", kind}};
        if (kind == "unknown") json["similarity"] = rounded(similarity);
        return json;
    }

    Status note(const std::string& reference) {
        const std::vector<gallery::AuditEntry> entries{{.action = "observe",
                                                        .gallery = options_.gallery,
                                                        .subject_reference = reference,
                                                        .maker = pipeline::calibration_name(faces_.maker()),
                                                        .threshold = threshold_,
                                                        .outcome = "a known subject was seen",
                                                        .actor = options_.store.actor()}};
        MIEN_TRY(store_.note(entries));
        return {};
    }

    Store& store_;
    const Options& options_;
    const pipeline::FacePipeline& faces_;
    gallery::LiveGallery live_;
    float threshold_;
    bool keep_crops_;
};

// The gallery's own operating point, or the lowest false match rate that the shipped calibration can claim.
Result<float> threshold_for(Store& store, const std::string& gallery, const Maker& maker) {
    MIEN_LET(kept, kept_point(store, gallery, maker));
    if (kept) return kept->threshold.threshold;
    MIEN_LET(calibration, pipeline::shipped_calibration(maker));
    MIEN_LET(point, calibration.threshold_for(calibration.claim_limit()));
    return point.threshold;
}

Result<int> observe(const Options& options) {
    MIEN_LET(store, open_store_for_people(options.store));
    MIEN_LET(info, store.gallery(options.gallery));
    if (info.basis == gallery::Basis::Consent)
        return Error{Fault::BadInput,
                     "gallery '" + info.name + "' stands on consent, which people whom nobody knows can't have given"};
    MIEN_LET(files, media::list_pictures(options.pictures));
    MIEN_LET(makers, store.makers(options.gallery));
    MIEN_LET(faces, makers.empty() ? open_faces({}) : open_faces_for(makers.back()));
    if (makers.size() > 1) {
        MIEN_LET(lacking, store.lacking(options.gallery, faces.maker(), 0, 1));
        // Somebody who has no template in the new space yet would be taken for a stranger and kept a second time.
        if (!lacking.empty())
            return Error{Fault::Conflict, "gallery '" + info.name +
                                              "' is half upgraded: finish it (mien gallery upgrade), and enrol anew "
                                              "those whom that lists, before pictures are grouped into profiles"};
    }
    MIEN_LET(threshold, threshold_for(store, options.gallery, faces.maker()));
    MIEN_LET(live, gallery::LiveGallery::open(store, options.gallery, faces.maker(), {}));
    Observer observer(store, options, faces, std::move(live), threshold, info.keep_crops);
    ProgressBar bar(ProgressBar::Unit::Items);
    Json pictures = Json::array();
    int code = done;
    for (std::size_t i = 0; i < files.size() && !stop_asked(); ++i) {
        auto seen = observer.look_at(files[i].string());
        if (!seen) {
            code = std::max(code, report(seen.error()));
            pictures.push_back({{"file", files[i].string()}, {"error", json_of(seen.error())}});
            continue;
        }
        if (!options.store.json)
            for (const Json& face : (*seen)["faces"])
                std::cout << files[i].string() << ": " << face["subject"].get<std::string>() << " ("
                          << face["kind"].get<std::string>() << ")\n";
        pictures.push_back(std::move(*seen));
        bar.show("observing", static_cast<double>(i + 1), static_cast<double>(files.size()));
    }
    if (options.store.json)
        print_json({{"gallery", options.gallery}, {"threshold", rounded(threshold)}, {"pictures", pictures}});
    return code;
}

}  // namespace

Command make_observe_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(
        "observe", "Group the faces of pictures into profiles: known people are recognised, others kept as unknown");
    app->add_option("gallery", options->gallery, "The gallery")->required();
    app->add_option("pictures", options->pictures, "Pictures, folders or patterns; all faces count")->required();
    add_store_options(*app, options->store);
    app->footer(
        "Unknown profiles can be named (rename), merged, split and forgotten like anybody else, and expire like them. "
        "A gallery that stands on\n"
        "consent keeps none.\n\nExamples:\n  mien gallery observe shop camera/*.jpg\n  mien gallery rename shop "
        "unknown-3f2a9c01 anna");
    return {app, [options] {
                const auto code = observe(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
