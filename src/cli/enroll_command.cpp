#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "base/file.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/enroll_metadata.h"
#include "cli/faces.h"
#include "cli/progress_bar.h"
#include "cli/store.h"
#include "face/quality/profile.h"
#include "face/template/embedder.h"
#include "gallery/exchange/compreface.h"
#include "gallery/live.h"
#include "gallery/names.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"
#include "pipeline/calibration_file.h"
#include "pipeline/kept_crop.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;
using gallery::Store;

struct Options {
    StoreChoice store{};
    std::string gallery{};
    std::string subject{};
    std::vector<std::string> pictures{};
    std::string tree{};
    std::string compreface{};
    std::string compreface_key{};
    std::string consent{};
    std::string consent_expires{};
    MetadataWish metadata{};
    std::string taken{};
    std::string gate = "cctv";
    std::string duplicates = "warn";
    std::string report_file{};
    TemplateChoice made{};
    bool made_given = false;  // not by default
    int workers = 0;
};

struct Job {
    std::string subject{};
    std::string source{};            // the file, or what stands for it
    std::optional<Bytes> picture{};  // where it is no file

    Result<Bytes> bytes() const {
        if (picture) return *picture;
        return read_file(source, media::DecodeLimits{}.max_file_bytes);
    }
    Result<Frame> frame(ByteView bytes) const {
        auto decoded = media::decode_picture(bytes);
        if (!decoded) return Error{decoded.error().fault, source + ": " + decoded.error().message};
        return Frame{source, {}, std::make_shared<const Picture>(std::move(decoded->picture))};
    }
};

// What became of one picture.
struct Outcome {
    enum class Kind { Enrolled, Refused, Failed, AlreadyThere };
    Kind kind = Kind::Failed;
    std::string reason{};
    std::string duplicate_of{};  // a subject of another name that is as similar as one person
    std::optional<gallery::NewSample> sample{};
};

std::string_view name_of(Outcome::Kind kind) {
    switch (kind) {
        case Outcome::Kind::Enrolled:
            return "enrolled";
        case Outcome::Kind::Refused:
            return "refused";
        case Outcome::Kind::Failed:
            return "failed";
        case Outcome::Kind::AlreadyThere:
            return "already_there";
    }
    return "";
}

Result<std::vector<Job>> jobs_of(const Options& options) {
    std::vector<Job> jobs;
    if (options.tree.empty()) {
        MIEN_LET(files, media::list_pictures(options.pictures));
        for (const fs::path& file : files) jobs.push_back({options.subject, file.string(), {}});
        return jobs;
    }
    std::error_code unknown;
    if (!fs::is_directory(options.tree, unknown))
        return Error{Fault::NotFound, options.tree + " is no folder of one sub-folder a subject"};
    const std::vector<std::string> inputs{options.tree};
    MIEN_LET(files, media::list_pictures(inputs));
    for (const fs::path& file : files) {
        const fs::path inside = file.lexically_relative(options.tree);
        jobs.push_back({inside.has_parent_path() ? inside.begin()->string() : file.stem().string(), file.string(), {}});
    }
    return jobs;
}

// The first advice of what fails the gate.
std::optional<std::string> refused_by(const Quality& quality) {
    if (quality.acceptable) return std::nullopt;
    for (const QualityMeasure& measure : quality.measures)
        if (!measure.advice.empty()) return measure.advice;
    return "the quality is too low";
}

Outcome look_at(const pipeline::FacePipeline& faces, const std::optional<face::QualityProfile>& gate, const Job& job,
                const gallery::KnownPictures& known, bool keep_crop) {
    Outcome outcome;
    const auto fail = [&](const Error& error) {
        outcome.reason = error.message;
        return outcome;
    };
    auto bytes = job.bytes();
    if (!bytes) return fail(bytes.error());
    const gallery::Digest content = gallery::digest_of(*bytes);
    if (known.holds(content, job.source)) {
        outcome.kind = Outcome::Kind::AlreadyThere;
        return outcome;
    }
    auto frame = job.frame(*bytes);
    if (!frame) return fail(frame.error());
    pipeline::FaceOptions wanted{
        .faces = pipeline::Faces::Largest, .mesh = pipeline::Mesh::Yes, .quality = pipeline::Judge::Yes};
    if (gate) wanted.profile = *gate;
    auto found = faces.analyse(*frame, wanted);
    if (!found) return fail(found.error());
    if (found->empty()) return fail({Fault::BadInput, "no face found"});
    pipeline::Face& face = found->front();
    if (gate && face.quality) {
        if (const auto why = refused_by(*face.quality)) {
            outcome.kind = Outcome::Kind::Refused;
            outcome.reason = *why;
            return outcome;
        }
    }
    gallery::NewSample sample{.made = {std::move(*face.made)}, .source = job.source, .content = content};
    if (face.quality)
        if (const auto* unified = std::get_if<float>(&face.quality->unified)) sample.quality = *unified;
    if (keep_crop) {
        auto crop = pipeline::kept_crop(*frame->picture, face.region);
        if (!crop) return fail(crop.error());
        sample.crop = std::move(*crop);
    }
    outcome.kind = Outcome::Kind::Enrolled;
    outcome.sample = std::move(sample);
    return outcome;
}

// Enrols in batches, each durable before the next is begun, so that an interrupted run goes on where it stopped.
class BulkEnrolment {
public:
    BulkEnrolment(Store& store, const Options& options, const pipeline::FacePipeline& faces,
                  const gallery::GalleryInfo& info)
        : store_(store), options_(options), faces_(faces), info_(info) {}

    Status begin() {
        MIEN_TRY(metadata_of(options_.metadata, {}));
        if (!options_.taken.empty()) {
            MIEN_LET(span, gallery::span_from(options_.taken));
            if (span.from > gallery::now())
                return Error{Fault::BadInput, "--taken " + options_.taken + " is still to come"};
            taken_ = span.from;
        }
        if (options_.gate != "none") {
            MIEN_LET(profile, face::profile_named(options_.gate));
            gate_ = profile;
        }
        if (!options_.consent.empty()) {
            MIEN_LET(given, consent_from(options_.consent, options_.consent_expires));
            consent_ = std::move(given);
        }
        if (options_.duplicates == "allow") return {};
        MIEN_LET(live, gallery::LiveGallery::open(store_, info_.name, faces_.maker(), {}));
        live_.emplace(std::move(live));
        MIEN_LET(calibration, pipeline::shipped_calibration(faces_.maker()));
        MIEN_LET(point, calibration.threshold_for(calibration.claim_limit()));
        threshold_ = point.threshold;
        return {};
    }

    // `all`: how many jobs there will be; 0: not known.
    Status add(Job job, std::size_t all) {
        waiting_.push_back(std::move(job));
        return waiting_.size() < batch ? Status{} : flush(all);
    }

    Status flush(std::size_t all) {
        if (stop_asked())
            return Error{Fault::Unavailable, "stopped by the user; start the same command again to go on"};
        MIEN_TRY(enrol(waiting_));
        seen_ += waiting_.size();
        waiting_.clear();
        bar_.show("enrolling", static_cast<double>(seen_), static_cast<double>(all));
        return {};
    }

    Json summary() const {
        Json counts = Json::object();
        for (const auto& [kind, count] : counts_) counts[kind] = count;
        std::size_t twins = 0;
        for (const Json& picture : pictures_) twins += picture.contains("duplicate_of") ? 1 : 0;
        return {{"gallery", info_.name},        {"subjects", names_.size()}, {"counts", counts},
                {"possible_duplicates", twins}, {"stopped", stop_asked()},   {"pictures", pictures_}};
    }

    int code() const { return counts_.contains("failed") || counts_.contains("refused") ? bad_input : done; }

private:
    // Reads once what is there of a subject; the rest of the run adds to it.
    Result<gallery::KnownPictures*> known_of(const std::string& subject) {
        if (const auto known = known_.find(subject); known != known_.end()) return &known->second;
        MIEN_LET(known, store_.known_pictures(info_.name, subject));
        return &known_.emplace(subject, std::move(known)).first->second;
    }

    Status enrol(std::span<const Job> part) {
        std::vector<Outcome> outcomes(part.size());
        std::vector<std::pair<std::size_t, const gallery::KnownPictures*>> unseen;
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (const Status named = gallery::check_subject_name(part[i].subject); !named) {
                outcomes[i].kind = Outcome::Kind::Refused;
                outcomes[i].reason = named.error().message;
                continue;
            }
            MIEN_LET(known, known_of(part[i].subject));
            unseen.emplace_back(i, known);
        }
        pipeline::for_each_index(unseen.size(), options_.workers, [&](std::size_t n) {
            const auto& [i, known] = unseen[n];
            outcomes[i] = look_at(faces_, gate_, part[i], *known, info_.keep_crops);
        });
        if (stop_asked()) return {};  // some were not looked at: nothing of this batch is written
        pass_over_twins(part, outcomes);
        MIEN_TRY(find_duplicates(part, outcomes));
        MIEN_TRY(write(part, outcomes));
        for (std::size_t i = 0; i < part.size(); ++i) tell(part[i], outcomes[i]);
        return {};
    }

    // The same picture twice in one batch, under two names.
    static void pass_over_twins(std::span<const Job> part, std::vector<Outcome>& outcomes) {
        std::set<std::pair<std::string, gallery::Digest>> seen;
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (!outcomes[i].sample || seen.emplace(part[i].subject, *outcomes[i].sample->content).second) continue;
            outcomes[i].kind = Outcome::Kind::AlreadyThere;
            outcomes[i].sample.reset();
        }
    }

    // Another subject, in the gallery or earlier in this batch, that probe n is as similar to as one person; or nobody.
    Result<std::string> twin_of(std::span<const Job> part, const std::vector<std::size_t>& of,
                                const std::vector<Template>& probes, const std::vector<gallery::LookResult>& looks,
                                std::size_t n) {
        const std::string& name = part[of[n]].subject;
        for (const gallery::Found& found : looks[n].found) {
            auto subject = store_.subject(found.subject);
            if (!subject && subject.error().fault == Fault::NotFound) continue;  // forgotten at this moment
            if (!subject) return subject.error();
            if (subject->name != name) return subject->name;
        }
        for (std::size_t other = 0; other < n; ++other) {
            MIEN_LET(similarity, face::similarity(probes[n], probes[other]));
            if (similarity >= threshold_ && part[of[other]].subject != name) return part[of[other]].subject;
        }
        return std::string{};
    }

    Status find_duplicates(std::span<const Job> part, std::vector<Outcome>& outcomes) {
        if (!live_) return {};
        std::vector<Template> probes;
        std::vector<std::size_t> of;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            if (!outcomes[i].sample) continue;
            probes.push_back(outcomes[i].sample->made.front());
            of.push_back(i);
        }
        MIEN_LET(looks, live_->search(probes, {.top = 2, .threshold = threshold_}));
        for (std::size_t n = 0; n < of.size(); ++n) {
            Outcome& outcome = outcomes[of[n]];
            MIEN_LET(twin, twin_of(part, of, probes, looks, n));
            if (twin.empty()) continue;
            outcome.duplicate_of = twin;
            if (options_.duplicates != "refuse") continue;
            outcome.kind = Outcome::Kind::Refused;
            outcome.reason = "looks like '" + twin + "', who is enrolled already";
            outcome.sample.reset();
        }
        return {};
    }

    Status write(std::span<const Job> part, std::vector<Outcome>& outcomes) {
        std::vector<gallery::Enrolment> people;
        std::map<std::string, std::size_t> place;
        std::vector<std::vector<std::size_t>> jobs;  // of each person
        for (std::size_t i = 0; i < part.size(); ++i) {
            const bool only_metadata = outcomes[i].kind == Outcome::Kind::AlreadyThere && options_.metadata.asks();
            if (!outcomes[i].sample && !only_metadata) continue;
            const auto [at, fresh] = place.try_emplace(part[i].subject, people.size());
            if (fresh) {
                MIEN_LET(metadata, metadata_for(store_, info_.name, part[i].subject, options_.metadata));
                people.push_back({.subject = part[i].subject, .metadata = std::move(metadata), .consent = consent_});
                jobs.emplace_back();
            }
            if (!outcomes[i].sample) continue;
            outcomes[i].sample->created = taken_;
            people[at->second].samples.push_back(std::move(*outcomes[i].sample));
            jobs[at->second].push_back(i);
        }
        if (people.empty()) return {};
        MIEN_LET(made, store_.enrol(info_.name, people, options_.store.actor()));
        for (std::size_t n = 0; n < made.size(); ++n)
            for (std::size_t sample = 0; sample < made[n].samples.size(); ++sample)
                if (made[n].samples[sample] == 0)  // another process was faster
                    outcomes[jobs[n][sample]].kind = Outcome::Kind::AlreadyThere;
        for (const gallery::Enrolment& person : people) {
            names_.insert(person.subject);
            MIEN_LET(known, known_of(person.subject));
            for (const gallery::NewSample& sample : person.samples) known->add(*sample.content);
        }
        if (live_) MIEN_TRY(live_->refresh());
        return {};
    }

    void tell(const Job& job, const Outcome& outcome) {
        const std::string kind(name_of(outcome.kind));
        ++counts_[kind];
        Json entry{{"file", job.source}, {"subject", job.subject}, {"outcome", kind}};
        if (!outcome.reason.empty()) entry["reason"] = outcome.reason;
        if (!outcome.duplicate_of.empty()) entry["duplicate_of"] = outcome.duplicate_of;
        if (outcome.kind == Outcome::Kind::Failed || outcome.kind == Outcome::Kind::Refused)
            std::cerr << "mien: " << job.source << ": " << outcome.reason << '\n';
        else if (!outcome.duplicate_of.empty())
            std::cerr << "mien: " << job.source << " looks like '" << outcome.duplicate_of
                      << "', too: one person enrolled twice?\n";
        pictures_.push_back(std::move(entry));
    }

    static constexpr std::size_t batch = 64;
    Store& store_;
    const Options& options_;
    const pipeline::FacePipeline& faces_;
    const gallery::GalleryInfo& info_;
    std::optional<face::QualityProfile> gate_{};
    std::optional<gallery::Consent> consent_{};
    std::optional<gallery::Time> taken_{};  // none: now
    std::optional<gallery::LiveGallery> live_{};
    float threshold_ = 1;
    std::map<std::string, gallery::KnownPictures> known_{};
    std::set<std::string> names_{};
    std::map<std::string, std::size_t> counts_{};
    Json pictures_ = Json::array();
    std::vector<Job> waiting_{};
    std::size_t seen_ = 0;
    ProgressBar bar_{ProgressBar::Unit::Items};
};

Status feed(BulkEnrolment& bulk, const Options& options, std::vector<Job>& jobs) {
    if (options.compreface.empty()) {
        for (Job& job : jobs) MIEN_TRY(bulk.add(std::move(job), jobs.size()));
        return bulk.flush(jobs.size());
    }
    MIEN_LET(summary,
             gallery::read_compreface_dump(
                 options.compreface, options.compreface_key, [&](gallery::CompreFacePicture&& picture) {
                     return bulk.add({picture.subject, "compreface:" + picture.id, std::move(picture.picture)}, 0);
                 }));
    if (summary.without_picture > 0)
        std::cerr << "mien: of " << summary.without_picture
                  << " templates CompreFace keeps no picture: enrol those people again\n";
    return bulk.flush(summary.pictures);
}

// A gallery's first template says which maker its later ones have; the newest one while it is upgraded.
Result<pipeline::FacePipeline> open_faces_of(const Options& options, const std::vector<Maker>& makers,
                                             const pipeline::OpenOptions& wished) {
    if (makers.empty()) return open_faces(options.made.open(wished));
    MIEN_LET(faces, open_faces_for(makers.back(), wished));
    if (!options.made_given) return faces;
    const pipeline::OpenOptions asked = options.made.open();
    MIEN_LET(kept, pipeline::options_for(makers.back()));
    if (asked.embedder == kept.embedder && asked.views == kept.views) return faces;
    return Error{Fault::Conflict, "gallery '" + options.gallery + "' holds templates by " +
                                      pipeline::calibration_name(makers.back()) +
                                      ": leave --embedder and --views out, or upgrade the gallery first (mien gallery "
                                      "upgrade)"};
}

Result<int> enroll(const Options& options) {
    const int ways = int{!options.tree.empty()} + int{!options.compreface.empty()} + int{!options.pictures.empty()};
    if (ways == 0 && !options.subject.empty() && (options.metadata.asks() || !options.consent.empty()))
        return renew({options.store, options.gallery, options.subject, options.metadata, options.consent,
                      options.consent_expires});
    if (ways != 1)
        return Error{
            Fault::BadInput,
            "name a subject and pictures, or --tree FOLDER with one sub-folder a subject, or --compreface DUMP"};
    MIEN_LET(store, open_store_for_people(options.store));
    MIEN_LET(info, store.gallery(options.gallery));
    if (info.basis == gallery::Basis::Consent && options.consent.empty() && !options.pictures.empty() &&
        !store.subject(options.gallery, options.subject))
        return Error{Fault::BadInput, "gallery '" + info.name + "' stands on consent: say which text '" +
                                          options.subject + "' agreed to (--consent FILE or TEXT-ID)"};
    std::vector<Job> jobs;
    if (options.compreface.empty()) {
        MIEN_LET(listed, jobs_of(options));
        jobs = std::move(listed);
    }
    MIEN_LET(makers, store.makers(options.gallery));
    Options chosen = options;
    if (chosen.workers <= 0)
        chosen.workers =
            jobs.empty() ? pipeline::cores() : std::min<int>(pipeline::cores(), static_cast<int>(jobs.size()));
    MIEN_LET(faces, open_faces_of(options, makers, {.lanes = chosen.workers, .mesh = pipeline::Mesh::Yes}));
    BulkEnrolment bulk(store, chosen, faces, info);
    MIEN_TRY(bulk.begin());
    const Status fed = feed(bulk, chosen, jobs);
    const Json summary = bulk.summary();
    if (!options.report_file.empty()) MIEN_TRY(write_file(options.report_file, summary.dump(2) + "\n"));
    if (options.store.json) {
        print_json(summary);
    } else {
        std::cout << "gallery " << info.name << ": ";
        bool first = true;
        for (const auto& [kind, count] : summary["counts"].items()) {
            std::cout << (first ? "" : ", ") << count << " pictures "
                      << (kind == "already_there" ? "already there" : kind);
            first = false;
        }
        std::cout << "; " << summary["subjects"] << " subjects\n";
    }
    if (!fed) return fed.error();
    return bulk.code();
}

}  // namespace

Command make_enroll_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("enroll", "Add a person's pictures to a gallery, or a whole folder tree");
    app->add_option("gallery", options->gallery, "The gallery")->required();
    app->add_option("subject", options->subject, "Who it is");
    app->add_option("pictures", options->pictures, "Pictures, folders or patterns; the largest face of each counts");
    app->add_option("--tree", options->tree, "A folder with one sub-folder (or one picture) a subject");
    app->add_option("--compreface", options->compreface,
                    "A plain-text dump of CompreFace's database (pg_dump --data-only)");
    app->add_option("--compreface-key", options->compreface_key,
                    "Only the subjects of the recognition service with this API key");
    app->add_option("--consent", options->consent, "The text that was agreed to: a file, or an id like club-terms@2");
    app->add_option("--consent-expires", options->consent_expires, "When the consent ends, from now: P1Y");
    app->add_option("--metadata", options->metadata.json,
                    "A JSON object kept sealed with the subject, in place of what was there");
    app->add_option("--meta", options->metadata.pairs,
                    "key=value, added to the subject's metadata: what --where asks for")
        ->allow_extra_args(false);
    app->add_option("--tag", options->metadata.tags, "Added to the list \"tags\" of the metadata")
        ->allow_extra_args(false);
    app->add_option("--taken", options->taken,
                    "When the pictures were taken (2026-11-25, 2026-11-25T08:30Z), for --since and --until; without it "
                    "they count from now");
    app->add_option("--gate", options->gate, "Quality a sample must have: passport, door, cctv or none")
        ->capture_default_str()
        ->check(CLI::IsMember({"passport", "door", "cctv", "none"}));
    app->add_option("--duplicates", options->duplicates,
                    "What to do with a face that looks like another subject: warn, refuse or allow")
        ->capture_default_str()
        ->check(CLI::IsMember({"warn", "refuse", "allow"}));
    app->add_option("--report", options->report_file, "Write what became of every picture to this JSON file");
    app->add_option("--workers", options->workers, "Pictures at the same time; 0: one for each core")
        ->capture_default_str();
    const TemplateOptions made = add_template_options(*app, options->made);
    add_store_options(*app, options->store);
    app->footer(
        "Pictures that are in already (told by their bytes, under whatever name) are passed over, so that an "
        "interrupted run can be started again.\nEnds with 0 "
        "when all were "
        "enrolled, 2 when some could not be.\n\nExamples:\n  mien enroll staff \"Anna Example\" anna1.jpg anna2.jpg "
        "--meta team=red --tag vip\n  "
        "mien enroll "
        "members --tree photos/ --consent terms.txt --report enrolled.json");
    return {app, [options, made] {
                options->made_given = made.embedder->count() + made.views->count() > 0;
                const auto code = enroll(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
