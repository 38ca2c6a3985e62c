#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include "archive/archive.h"
#include "base/file.h"
#include "cli/archive_look.h"
#include "cli/commands.h"
#include "cli/contact_sheet.h"
#include "cli/identify_gallery.h"
#include "image/warp.h"
#include "media/read_picture.h"
#include "media/write_picture.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;
using gallery::Store;

struct Options {
    StoreChoice store{};
    std::string gallery{};
    std::vector<std::string> pictures{};
    std::int64_t top = 10;
    std::size_t face = 0;  // 0: all
    double fmr = 0.002;
    bool fmr_given = false;
    bool unknown = false;
    bool one_person = false;
    WhereOptions where{};
    std::string draw_folder{};
    std::string by = "auto";
    float alike = 0;
    bool alike_given = false;
    std::vector<std::string> cameras{};
    std::vector<std::string> attributes{};
};

void print(const Probe& probe, const Answer& answer, const GalleryLook& look) {
    std::cout << probe.files.front();
    if (probe.files.size() > 1)
        std::cout << " and " << probe.files.size() - 1 << " more";
    else
        std::cout << ", face " << probe.face << " at " << json_of(probe.region.box).dump();
    std::cout << ":\n";
    if (answer.candidates.empty()) std::cout << "  nobody to show\n";
    bool below = false;
    for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
        const Candidate& c = answer.candidates[i];
        const std::string judged = look.judged_by(c);
        if (!c.match && !below) {
            std::cout << "  ---- threshold";
            if (judged.empty()) std::cout << ' ' << rounded(look.threshold());
            std::cout << " ----\n" << std::flush;
        }
        below = below || !c.match;
        std::printf("  %3zu  %.4f  %s%s  (sample of %s%s%s)\n", i + 1, static_cast<double>(c.similarity),
                    c.subject.name.c_str(), c.subject.kind == gallery::SubjectKind::Unknown ? " (unknown)" : "",
                    gallery::to_text(c.taken).substr(0, 10).c_str(), judged.empty() ? "" : "; ", judged.c_str());
    }
    std::fflush(stdout);
    for (const Candidate& c : answer.held_back)
        std::cout << "       " << rounded(c.similarity) << "  held back " << c.subject.name
                  << " (somebody said: not this person)\n";
}

// The face with as much around it as a kept crop has.
Picture around(const Picture& picture, const Box& face) {
    return image::cut(picture, {face.x - face.width, face.y - face.height, face.width * 3, face.height * 3}).picture;
}

Result<Picture> sheet_of(Store& store, const Probe& probe, const Answer& answer) {
    std::vector<Tile> tiles{{around(*probe.picture, probe.region.box), "searched", Tile::Kind::Searched}};
    for (const Candidate& c : answer.candidates) {
        Tile tile{.label = std::to_string(tiles.size()) + "  ·  " + Json(rounded(c.similarity)).dump() + "  ·  " +
                           c.subject.name,
                  .kind = c.match ? Tile::Kind::Match : Tile::Kind::NoMatch};
        MIEN_LET(crop, picture_of(store.crop(c.sample)));
        tile.picture = std::move(crop);
        tiles.push_back(std::move(tile));
    }
    return contact_sheet(tiles);
}

// Names that no two sheets share.
class Drawings {
public:
    explicit Drawings(const std::string& folder) : folder_(folder) {}
    Result<std::string> draw(Store& store, const Probe& probe, const Answer& answer) {
        MIEN_LET(sheet, sheet_of(store, probe, answer));
        const std::string stem = fs::path(probe.files.front()).stem().string() + "-" + std::to_string(probe.face);
        std::string name = stem + ".jpg";
        for (int n = 2; !taken_.insert(name).second; ++n) name = stem + "-" + std::to_string(n) + ".jpg";
        const std::string file = (folder_ / name).string();
        MIEN_TRY(media::write_picture(sheet, file));
        return file;
    }

private:
    fs::path folder_;
    std::set<std::string> taken_{};
};

Result<LookWish> wish_of(const Options& options) {
    MIEN_LET(chosen, chosen_by(options.where));
    return LookWish{.store = options.store,
                    .gallery = options.gallery,
                    .top = static_cast<std::size_t>(options.top),
                    .fmr = options.fmr_given ? std::optional(options.fmr) : std::nullopt,
                    .chosen = std::move(chosen)};
}

Result<int> search_sightings(const Options& options) {
    if (options.face != 0 || options.unknown || !options.where.where.empty() || !options.where.tags.empty())
        return Error{Fault::BadInput, "'" + options.gallery +
                                          "' is an archive of sightings: --face, --unknown, --where and --tag go with "
                                          "galleries"};
    MIEN_LET(chosen, chosen_by(options.where));
    return search_in_archive({.store = options.store,
                              .archive = options.gallery,
                              .top = static_cast<std::size_t>(options.top),
                              .fmr = options.fmr_given ? std::optional(options.fmr) : std::nullopt,
                              .alike = options.alike_given ? std::optional(options.alike) : std::nullopt,
                              .by = options.by,
                              .times = std::move(chosen.filter),
                              .cameras = options.cameras,
                              .attributes = options.attributes,
                              .draw_folder = options.draw_folder},
                             options.pictures);
}

Result<int> search(const Options& options) {
    MIEN_LET(archives, archive::Archive::names(options.store.folder));
    if (std::ranges::find(archives, options.gallery) != archives.end()) return search_sightings(options);
    if (options.by != "auto" || options.alike_given || !options.cameras.empty() || !options.attributes.empty())
        return Error{Fault::BadInput,
                     "'" + options.gallery +
                         "' is no archive of sightings: --by, --alike, --camera and --attribute go with those"};
    if (options.one_person && options.face > 1)
        return Error{Fault::BadInput, "--one-person takes the largest face of each picture: it doesn't go with --face"};
    MIEN_LET(wish, wish_of(options));
    MIEN_LET(store, open_store_for_people(options.store));
    MIEN_LET(info, store.gallery(options.gallery));
    // Where there are none, nobody's metadata need be opened for it.
    if (!options.unknown && info.unknowns > 0) wish.chosen.where.kind = gallery::SubjectKind::Known;
    MIEN_LET(look, GalleryLook::open(store, std::move(wish)));
    if (!options.draw_folder.empty()) {
        MIEN_TRY(make_folder(options.draw_folder));
        std::cerr << "mien: the sheets in " << options.draw_folder
                  << " show people and are not sealed: delete them when they have served\n";
        if (!look.info().keep_crops)
            std::cerr << "mien: gallery '" << options.gallery << "' keeps no crops, so that only names can be shown\n";
    }
    Drawings drawings(options.draw_folder);
    Json searches = Json::array();
    std::set<std::string> looked_at;
    std::set<std::string> with_that_face;
    const auto look_up = [&](const Probe& probe) -> Result<int> {
        looked_at.insert(probe.files.front());
        if (options.face != 0 && probe.face != options.face) return done;
        with_that_face.insert(probe.files.front());
        MIEN_LET(answer, look.look(probe));
        MIEN_TRY(look.record("search", answer));
        searches.push_back(look.json_of(probe, answer));
        if (!options.draw_folder.empty()) {
            MIEN_LET(file, drawings.draw(store, probe, answer));
            searches.back()["drawn"] = file;
        }
        if (!options.store.json) print(probe, answer, look);
        if (answer.candidates.empty() && options.where.given())
            std::cerr << "mien: nobody in the gallery meets the conditions\n";
        return done;
    };
    const Pictures of = options.one_person ? Pictures::OfOnePerson : Pictures::OfAnybody;
    MIEN_LET(code, for_each_probe(look, options.pictures, of, pipeline::Faces::All, searches, look_up));
    for (const std::string& picture : looked_at) {
        if (with_that_face.contains(picture) || code == stopped) continue;
        const Error few{Fault::BadInput, picture + " has no face " + std::to_string(options.face)};
        searches.push_back({{"file", picture}, {"error", json_of(few)}});
        code = std::max(code, report(few));
    }
    if (options.store.json) {
        Json document{{"searches", searches}};
        look.add_point(document);
        print_json(document);
    }
    if (!options.unknown && look.info().unknowns > 0)
        std::cerr << "mien: " << look.info().unknowns
                  << " profiles of unknown people were not looked at: --unknown looks at them, too\n";
    look.tell();
    return code;
}

}  // namespace

Command make_search_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("search",
                                          "Who is this, or where and when were they seen: ranks the people of a "
                                          "gallery, or the sightings of an archive, by "
                                          "their similarity to pictures");
    app->add_option("gallery", options->gallery, "A gallery of the store, or an archive")->required();
    app->add_option("pictures", options->pictures, "Pictures, folders or patterns; every face is looked up")
        ->required();
    app->add_option("--top", options->top, "Candidates shown for each face")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    app->add_option("--face", options->face, "Only this face of each picture: 1 is the largest")
        ->check(CLI::Range(1, 1'000'000));
    app->add_flag("--unknown", options->unknown, "Among the profiles of unknown people, too");
    app->add_flag("--one-person", options->one_person,
                  "All pictures show one person (the largest face of each), who is looked up by all of them together");
    auto* fmr = app->add_option("--fmr", options->fmr,
                                "Wished false match rate of each single comparison, for the threshold that is drawn; "
                                "without it a gallery's own counts, where mien calibrate kept one")
                    ->capture_default_str();
    add_where_options(*app, options->where);
    app->add_option("--draw", options->draw_folder,
                    "Leave a picture for each face in this folder: the face beside the kept crops of the candidates");
    app->add_option("--by", options->by, "In an archive: face, body, or auto, which is the face where there is one")
        ->capture_default_str()
        ->check(CLI::IsMember({"auto", "face", "body"}));
    auto* alike = app->add_option("--alike", options->alike, "In an archive, by body: least similarity shown, 0..1")
                      ->check(CLI::Range(0.0F, 1.0F));
    app->add_option("--camera", options->cameras, "In an archive: only of this camera; may be given again");
    app->add_option("--attribute", options->attributes,
                    "In an archive: only with this attribute (female, backpack, …); may be given again");
    add_store_options(*app, options->store);
    app->footer(
        "A ranked list is no finding: who stands above the threshold, and who below, is shown; a person decides. "
        "mien identify asks the\nquestion with an answer.\n\nEnds with 0 when all pictures were looked up, 2 when one "
        "can't be used.\n\nExamples:\n  mien search staff group.jpg --top 3\n  mien search shop still.jpg --unknown "
        "--since 2026-11-01 --draw sheets\n  mien search wanted a.jpg b.jpg --one-person --where 'office=Bern' "
        "--json\n  mien search shop "
        "still.jpg --since 2026-11-25T08:00:00Z --camera door    (an archive of sightings)");
    return {app, [options, fmr, alike] {
                options->fmr_given = fmr->count() > 0;
                options->alike_given = alike->count() > 0;
                const auto code = search(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
