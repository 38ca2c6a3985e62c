#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "base/stop.h"
#include "cli/commands.h"
#include "cli/faces.h"
#include "cli/identify_gallery.h"
#include "media/list_pictures.h"
#include "pipeline/calibration_file.h"
#include "pipeline/subject.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string folder{};
    std::vector<std::string> pictures{};
    std::int64_t top = 5;
    double fmr = 0.002;
    bool fmr_given = false;
    int views = 1;
    bool one_person = false;
    WhereOptions where{};
    StoreChoice store{};
};

// One subject of the folder.
struct Known {
    std::string name{};
    std::vector<std::string> files{};
    pipeline::Subject subject;
};

// The subject is the sub-folder that a picture lies in, or its own name when it lies directly in the folder.
std::string subject_of(const fs::path& folder, const fs::path& file) {
    const fs::path inside = file.lexically_relative(folder);
    return inside.has_parent_path() ? inside.begin()->string() : file.stem().string();
}

Result<std::vector<Known>> read_subjects(const pipeline::FacePipeline& faces, const std::string& folder,
                                         const statistics::Calibration& calibration, Json& skipped) {
    std::error_code unknown;
    if (!fs::is_directory(folder, unknown))
        return Error{Fault::NotFound,
                     folder + " is not a folder of reference pictures (one sub-folder or picture a subject)"};
    const std::vector<std::string> inputs{folder};
    MIEN_LET(files, media::list_pictures(inputs));
    struct Pictures {
        std::vector<std::string> files{};
        std::vector<Template> templates{};
    };
    std::map<std::string, Pictures> by_name;
    for (const fs::path& file : files) {
        MIEN_TRY(go_on());
        auto face = largest_face(faces, file.string());
        if (face) {
            Pictures& of = by_name[subject_of(folder, file)];
            of.files.push_back(file.string());
            of.templates.push_back(std::move(*face->made));
        } else {
            report(face.error());
            skipped.push_back({{"file", file.string()}, {"error", json_of(face.error())}});
        }
    }
    if (by_name.empty()) return Error{Fault::BadInput, "no picture in " + folder + " shows a face"};
    std::vector<Known> known;
    for (auto& [name, of] : by_name) {
        MIEN_LET(subject, pipeline::Subject::make(std::move(of.templates), calibration));
        known.push_back({name, std::move(of.files), std::move(subject)});
    }
    return known;
}

struct Candidate {
    const Known* known = nullptr;
    float similarity = 0;
};

// Best subject first.
Result<std::vector<Candidate>> rank(const std::vector<Known>& known, const Template& probe, std::int64_t top) {
    std::vector<Candidate> ranked;
    for (const Known& one : known) {
        MIEN_LET(similarity, one.subject.similarity(probe));
        ranked.push_back({&one, similarity});
    }
    std::ranges::stable_sort(ranked, std::greater{}, &Candidate::similarity);
    if (ranked.size() > static_cast<std::size_t>(top)) ranked.resize(static_cast<std::size_t>(top));
    return ranked;
}

Result<int> identify(const Options& options) {
    std::error_code unknown;
    if (!fs::is_directory(options.folder, unknown)) {
        MIEN_LET(chosen, chosen_by(options.where));
        return identify_in_gallery({.store = options.store,
                                    .gallery = options.folder,
                                    .top = static_cast<std::size_t>(options.top),
                                    .fmr = options.fmr_given ? std::optional(options.fmr) : std::nullopt,
                                    .chosen = std::move(chosen)},
                                   options.pictures, options.one_person ? Pictures::OfOnePerson : Pictures::OfAnybody);
    }
    if (options.where.given() || options.one_person)
        return Error{Fault::BadInput, options.folder +
                                          " is a folder of pictures: --where, --tag, --since, --until and --one-person "
                                          "go with a gallery of the store"};
    MIEN_LET(faces, open_faces({.views = views_of(options.views)}));
    MIEN_LET(calibration, pipeline::shipped_calibration(faces.maker()));
    MIEN_LET(point, calibration.threshold_for(options.fmr));
    Json skipped = Json::array();
    MIEN_LET(known, read_subjects(faces, options.folder, calibration, skipped));
    std::size_t pictures = 0;
    for (const Known& one : known) pictures += one.subject.pictures();
    Json searches = Json::array();
    int code = done;
    MIEN_LET(files, media::list_pictures(options.pictures));
    for (const fs::path& file : files) {
        const std::string picture = file.string();
        if (stop_asked()) {
            std::cerr << "mien: stopped by the user; what was looked up so far is shown\n";
            code = stopped;
            break;
        }
        auto face = largest_face(faces, picture);
        if (!face) {
            code = std::max(code, report(face.error()));
            searches.push_back({{"file", picture}, {"error", json_of(face.error())}});
            continue;
        }
        MIEN_LET(ranked, rank(known, *face->made, options.top));
        Json candidates = Json::array();
        for (const Candidate& c : ranked) {
            MIEN_LET(nearest, c.known->subject.nearest(*face->made));
            candidates.push_back({{"subject", c.known->name},
                                  {"similarity", rounded(c.similarity)},
                                  {"match", c.similarity >= point.threshold},
                                  {"pictures", c.known->subject.pictures()},
                                  {"reference", c.known->files[nearest]}});
        }
        const bool found = !ranked.empty() && ranked.front().similarity >= point.threshold;
        if (!found) code = std::max(code, negative);
        if (!options.store.json) {
            std::cout << picture << ": " << (found ? ranked.front().known->name : "nobody among the references")
                      << '\n';
            for (const Candidate& c : ranked)
                std::cout << "  " << rounded(c.similarity)
                          << (c.similarity >= point.threshold ? "  match     " : "  no match  ") << c.known->name
                          << '\n';
        }
        searches.push_back({{"file", picture}, {"found", found}, {"candidates", candidates}});
    }
    if (options.store.json) {
        print_json({{"searches", searches},
                    {"references", pictures},
                    {"subjects", known.size()},
                    {"skipped", skipped},
                    {"threshold", rounded(point.threshold)},
                    {"operating_point", {{"fmr_per_comparison", point.fmr}, {"measured_on", point.measured_on}}}});
    }
    return code;
}

}  // namespace

Command make_identify_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app =
        parent.add_subcommand("identify", "Say who of a gallery, or of a folder of people, a picture shows (1:N)");
    app->add_option("folder", options->folder,
                    "A gallery of the store, or a folder of reference pictures: one sub-folder or one picture a "
                    "subject, nothing is stored")
        ->required();
    app->add_option("pictures", options->pictures,
                    "Pictures, folders or patterns to look up; the largest face of each counts")
        ->required();
    app->add_option("--top", options->top, "Candidates shown")->capture_default_str()->check(CLI::Range(1, 1'000'000));
    auto* fmr = app->add_option("--fmr", options->fmr,
                                "Wished false match rate of each single comparison; sets the threshold. Without it a "
                                "gallery's own counts, where mien calibrate kept one")
                    ->capture_default_str();
    add_views_option(*app, options->views);
    app->add_flag("--one-person", options->one_person,
                  "All pictures show one person, who is looked up by all of them together");
    add_where_options(*app, options->where);
    add_store_options(*app, options->store);
    app->footer(
        "Several pictures of a subject are compared as one: the false match rate holds however many there are.\n\nEnds "
        "with 0 when all were found, 1 when one is nobody here, 2 when a picture can't be used.\n\nExamples:\n  "
        "mien identify staff visitor.jpg\n  mien identify staff visitor.jpg --where team=red --since 2026-01-01\n  "
        "mien "
        "identify staff cam1.jpg cam2.jpg cam3.jpg --one-person\n  mien identify staff/ visitor.jpg\n  mien identify "
        "staff/ cam1.jpg cam2.jpg "
        "--top 3 --json");
    return {app, [options, fmr] {
                options->fmr_given = fmr->count() > 0;
                const auto code = identify(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
