#include "cli/archive_look.h"

#include <filesystem>
#include <iostream>
#include <map>

#include "archive/search.h"
#include "base/file.h"
#include "cli/archive_json.h"
#include "cli/contact_sheet.h"
#include "cli/faces.h"
#include "cli/watching.h"
#include "media/list_pictures.h"
#include "media/read_picture.h"
#include "media/write_picture.h"
#include "pipeline/body_pipeline.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;

constexpr double default_fmr = 0.002;

// What is looked for: templates of one maker, and from which similarity on a sighting counts as that person.
struct Wanted {
    Maker maker{};
    std::vector<Template> probes{};
    Picture shown{Size{1, 1}};
    std::optional<float> threshold{};  // none: no measured one, so that only a ranking is given
    bool by_face = false;
};

// Makers of faces are those that a calibration is shipped for; the others are of bodies.
bool makes_faces(const Maker& maker) {
    return pipeline::shipped_calibration(maker).has_value();
}

Result<std::optional<Wanted>> by_face(const std::vector<fs::path>& files, const Maker& maker, const ArchiveWish& wish) {
    MIEN_LET(faces, open_faces_for(maker));
    Wanted wanted{.maker = maker, .by_face = true};
    for (const fs::path& file : files) {
        MIEN_LET(frame, media::read_frame(file));
        MIEN_LET(found, faces.analyse(frame, {.faces = pipeline::Faces::Largest}));
        if (found.empty()) continue;
        if (wanted.probes.empty()) wanted.shown = *frame.picture;
        wanted.probes.push_back(std::move(*found.front().made));
    }
    if (wanted.probes.empty()) return std::optional<Wanted>{};
    MIEN_LET(calibration, pipeline::shipped_calibration(maker));
    MIEN_LET(point, calibration.threshold_for(wish.fmr.value_or(default_fmr)));
    wanted.threshold = point.threshold;
    return std::optional(std::move(wanted));
}

// The largest person of each picture; a picture in which nobody is found is taken for one person's crop.
Result<Wanted> by_body(const std::vector<fs::path>& files, const Maker& maker, const ArchiveWish& wish) {
    const bool stripes = body::BodyEmbedder::stripes().maker() == maker;
    MIEN_LET(embedder, pipeline::open_body_embedder(stripes ? pipeline::stripes_embedder : maker.model, {}));
    if (embedder.maker() != maker)
        return Error{Fault::Unsupported, "the archive holds templates by " + maker.model + ' ' + maker.version +
                                             ", which this build can't make"};
    MIEN_LET(parts, pipeline::open_body_parts(pipeline::usual_person_detector, pipeline::BodyPoses::No, {}));
    Wanted wanted{.maker = maker, .threshold = wish.alike};
    for (const fs::path& file : files) {
        MIEN_LET(frame, media::read_frame(file));
        MIEN_LET(people, parts.detector.find(*frame.picture, {}));
        Box box{0, 0, static_cast<float>(frame.picture->width()), static_cast<float>(frame.picture->height())};
        const auto largest = std::ranges::max_element(people, {}, [](const BodyRegion& one) { return one.box.area(); });
        if (largest != people.end()) box = largest->box;
        MIEN_LET(made, embedder.embed(*frame.picture, box));
        if (wanted.probes.empty()) wanted.shown = *frame.picture;
        wanted.probes.push_back(std::move(made));
    }
    return wanted;
}

Result<Wanted> wanted_from(const archive::Archive& archive, const std::vector<fs::path>& files,
                           const ArchiveWish& wish) {
    MIEN_LET(makers, archive.store().makers(archive.name()));
    if (makers.empty())
        return Error{Fault::BadInput, "archive '" + archive.name() + "' is empty: fill it with mien index"};
    const auto face = std::ranges::find_if(makers, makes_faces);
    const auto body = std::ranges::find_if(makers, [](const Maker& one) { return !makes_faces(one); });
    if (wish.by != "body" && face != makers.end()) {
        MIEN_LET(found, by_face(files, *face, wish));
        if (found) return std::move(*found);
        if (wish.by == "face") return Error{Fault::BadInput, "no face found in the pictures"};
    }
    if (wish.by == "face")
        return Error{Fault::BadInput,
                     "archive '" + archive.name() + "' has no templates of faces: index it with --faces"};
    if (body == makers.end())
        return Error{Fault::BadInput,
                     "archive '" + archive.name() + "' has no templates of bodies, and no face was found"};
    return by_body(files, *body, wish);
}

Result<std::uint32_t> bits_of(const std::vector<std::string>& names) {
    std::uint32_t bits = 0;
    for (const std::string& name : names) {
        const auto all = attributes_of(0xffffffffU);
        const auto found = std::ranges::find_if(all, [&](Attribute one) { return name == name_of(one); });
        if (found == all.end()) {
            std::string known;
            for (const Attribute one : all) known += std::string(known.empty() ? "" : ", ") + name_of(one);
            return Error{Fault::BadInput, "'" + name + "' is no attribute; there are " + known};
        }
        bits |= static_cast<std::uint32_t>(*found);
    }
    return bits;
}

Result<archive::Question> question_of(const ArchiveWish& wish, const Wanted& wanted) {
    archive::Question question{.top = wish.top};
    if (wanted.threshold) question.threshold = *wanted.threshold;
    const auto time = [](std::int64_t ms) { return gallery::Time{std::chrono::milliseconds{ms}}; };
    if (wish.times.enrolled_from != gallery::Filter{}.enrolled_from) question.from = time(wish.times.enrolled_from);
    if (wish.times.enrolled_before != gallery::Filter{}.enrolled_before)
        question.before = time(wish.times.enrolled_before);
    if (!wish.cameras.empty()) question.cameras = wish.cameras;
    MIEN_LET(bits, bits_of(wish.attributes));
    question.attributes = bits;
    return question;
}

Result<std::string> draw(const archive::Archive& archive, const Wanted& wanted, const std::vector<archive::Hit>& hits,
                         const std::string& folder) {
    MIEN_TRY(make_folder(folder));
    std::vector<Tile> tiles{{wanted.shown, "searched", Tile::Kind::Searched}};
    for (const archive::Hit& hit : hits) {
        char place[32];
        std::snprintf(place, sizeof place, "%zu · %.2f · ", tiles.size(), static_cast<double>(hit.similarity));
        Tile tile{.label = place + gallery::to_text(hit.at).substr(11, 8) + ' ' + hit.sighting.camera,
                  .kind = wanted.threshold ? Tile::Kind::Match : Tile::Kind::NoMatch};
        MIEN_LET(crop, picture_of(archive.shot(hit.shot)));
        tile.picture = std::move(crop);
        tiles.push_back(std::move(tile));
    }
    const std::string file = (fs::path(folder) / "sightings.jpg").string();
    MIEN_TRY(media::write_picture(contact_sheet(tiles), file));
    return file;
}

Json json_of(const archive::Stay& stay, const std::vector<archive::Hit>& hits) {
    Json sightings = Json::array();
    for (const std::size_t i : stay.hits) sightings.push_back(hits[i].sighting.id);
    return {{"camera", stay.camera},
            {"from", gallery::to_text(stay.from)},
            {"to", gallery::to_text(stay.to)},
            {"similarity", rounded(stay.similarity)},
            {"sightings", sightings}};
}

void print(const std::vector<archive::Hit>& hits, const std::vector<archive::Stay>& path, const Wanted& wanted) {
    std::cout << (wanted.by_face ? "by face" : "by the body's looks") << ", " << wanted.maker.model;
    if (wanted.threshold)
        std::cout << ", from a similarity of " << rounded(*wanted.threshold) << " on";
    else
        std::cout << ": a ranking, not a finding (no threshold is measured; --alike sets one)";
    std::cout << "\n";
    for (const archive::Hit& hit : hits)
        std::cout << "  " << rounded(hit.similarity) << "  " << said(hit.sighting) << "  (sighting " << hit.sighting.id
                  << ", best at " << seconds(hit.second) << " s)\n";
    if (hits.empty()) std::cout << "  nobody\n";
    if (!wanted.threshold || path.size() < 2) return;
    std::cout << "the way:\n";
    for (const archive::Stay& stay : path)
        std::cout << "  " << gallery::to_text(stay.from) << "  " << stay.camera << '\n';
}

}  // namespace

Result<int> search_in_archive(const ArchiveWish& wish, const std::vector<std::string>& pictures) {
    MIEN_LET(files, media::list_pictures(pictures));
    MIEN_LET(store, open_store_for_people(wish.store));
    MIEN_LET(archive, archive::Archive::open(store, wish.store.folder, wish.archive));
    MIEN_LET(wanted, wanted_from(archive, files, wish));
    MIEN_LET(question, question_of(wish, wanted));
    MIEN_LET(search, archive::Search::open(archive, wanted.maker));
    const auto start = std::chrono::steady_clock::now();
    MIEN_LET(hits, search.search(wanted.probes, question));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    const std::vector<gallery::AuditEntry> entries{
        {.action = "search archive",
         .gallery = wish.archive,
         .maker = wanted.maker.model + ' ' + wanted.maker.version,
         .threshold = wanted.threshold ? std::optional(static_cast<double>(*wanted.threshold)) : std::nullopt,
         .outcome = std::to_string(hits.size()) + " sightings",
         .actor = wish.store.actor()}};
    MIEN_TRY(store.note(entries));
    const auto path = archive::path_of(hits);
    std::string drawn;
    if (!wish.draw_folder.empty()) {
        MIEN_LET(file, draw(archive, wanted, hits, wish.draw_folder));
        drawn = std::move(file);
        std::cerr << "mien: " << drawn << " shows people and is not sealed: delete it when it has served\n";
    }
    if (wish.store.json) {
        Json found = Json::array();
        for (const archive::Hit& hit : hits) found.push_back(cli::json_of(hit));
        Json way = Json::array();
        for (const archive::Stay& stay : path) way.push_back(json_of(stay, hits));
        Json document{{"archive", wish.archive},
                      {"by", wanted.by_face ? "face" : "body"},
                      {"maker", wanted.maker.model},
                      {"templates", search.size()},
                      {"search_ms", rounded(took.count())},
                      {"sightings", found},
                      {"path", way}};
        document["threshold"] = wanted.threshold ? Json(rounded(*wanted.threshold)) : Json(nullptr);
        if (!drawn.empty()) document["drawn"] = drawn;
        print_json(document);
    } else {
        print(hits, path, wanted);
    }
    return hits.empty() ? negative : done;
}

}  // namespace mien::cli
