#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/faces.h"
#include "cli/identify_gallery.h"
#include "face/template/embedder.h"
#include "media/list_pictures.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string folder{};
    std::vector<std::string> pictures{};
    int top = 5;
    double fmr = 0.002;
    int views = 1;
    StoreChoice store{};
};

struct Reference {
    std::string subject{};
    std::string file{};
    Template made{};
};

// The subject is the sub-folder that a picture lies in, or its own name when it lies directly in the folder.
std::string subject_of(const fs::path& folder, const fs::path& file) {
    const fs::path inside = file.lexically_relative(folder);
    return inside.has_parent_path() ? inside.begin()->string() : file.stem().string();
}

Result<std::vector<Reference>> read_references(const pipeline::FacePipeline& faces, const std::string& folder,
                                               Json& skipped) {
    std::error_code unknown;
    if (!fs::is_directory(folder, unknown))
        return Error{Fault::NotFound,
                     folder + " is not a folder of reference pictures (one sub-folder or picture a subject)"};
    const std::vector<std::string> inputs{folder};
    MIEN_LET(files, media::list_pictures(inputs));
    std::vector<Reference> references;
    for (const fs::path& file : files) {
        auto face = largest_face(faces, file.string());
        if (face) {
            references.push_back({subject_of(folder, file), file.string(), std::move(*face->made)});
        } else {
            report(face.error());
            skipped.push_back({{"file", file.string()}, {"error", json_of(face.error())}});
        }
    }
    if (references.empty()) return Error{Fault::BadInput, "no picture in " + folder + " shows a face"};
    return references;
}

struct Candidate {
    const Reference* reference = nullptr;
    float similarity = 0;
};

// The best sample of each subject, best subject first.
Result<std::vector<Candidate>> rank(const std::vector<Reference>& references, const Template& probe, int top) {
    std::vector<Candidate> best;
    for (const Reference& reference : references) {
        MIEN_LET(similarity, face::similarity(probe, reference.made));
        const auto known =
            std::ranges::find_if(best, [&](const Candidate& c) { return c.reference->subject == reference.subject; });
        if (known == best.end()) {
            best.push_back({&reference, similarity});
        } else if (similarity > known->similarity) {
            *known = {&reference, similarity};
        }
    }
    std::ranges::stable_sort(best, std::greater{}, &Candidate::similarity);
    if (best.size() > static_cast<std::size_t>(top)) best.resize(static_cast<std::size_t>(top));
    return best;
}

Result<int> identify(const Options& options) {
    std::error_code unknown;
    if (!fs::is_directory(options.folder, unknown))
        return identify_in_gallery({options.store, options.folder, options.pictures, options.top, options.fmr});
    MIEN_LET(faces, open_faces({.views = views_of(options.views)}));
    MIEN_LET(calibration, pipeline::shipped_calibration(faces.maker()));
    MIEN_LET(point, calibration.threshold_for(options.fmr));
    Json skipped = Json::array();
    MIEN_LET(references, read_references(faces, options.folder, skipped));
    Json searches = Json::array();
    int code = done;
    for (const std::string& picture : options.pictures) {
        auto face = largest_face(faces, picture);
        if (!face) {
            code = std::max(code, report(face.error()));
            searches.push_back({{"file", picture}, {"error", json_of(face.error())}});
            continue;
        }
        MIEN_LET(ranked, rank(references, *face->made, options.top));
        Json candidates = Json::array();
        for (const Candidate& c : ranked) {
            candidates.push_back({{"subject", c.reference->subject},
                                  {"similarity", rounded(c.similarity)},
                                  {"match", c.similarity >= point.threshold},
                                  {"reference", c.reference->file}});
        }
        const bool found = !ranked.empty() && ranked.front().similarity >= point.threshold;
        if (!found) code = std::max(code, negative);
        if (!options.store.json) {
            std::cout << picture << ": " << (found ? ranked.front().reference->subject : "nobody among the references")
                      << '\n';
            for (const Candidate& c : ranked)
                std::cout << "  " << rounded(c.similarity)
                          << (c.similarity >= point.threshold ? "  match     " : "  no match  ") << c.reference->subject
                          << '\n';
        }
        searches.push_back({{"file", picture}, {"found", found}, {"candidates", candidates}});
    }
    if (options.store.json) {
        print_json({{"searches", searches},
                    {"references", references.size()},
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
    app->add_option("pictures", options->pictures, "Pictures to look up; the largest face of each counts")->required();
    app->add_option("--top", options->top, "Candidates shown")->capture_default_str()->check(CLI::PositiveNumber);
    app->add_option("--fmr", options->fmr, "Wished false match rate of each single comparison; sets the threshold")
        ->capture_default_str();
    add_views_option(*app, options->views);
    add_store_options(*app, options->store);
    app->footer(
        "Ends with 0 when all were found, 1 when one is nobody here, 2 when a picture can't be used.\n\nExamples:\n  "
        "mien identify staff visitor.jpg\n  mien identify staff/ visitor.jpg\n  mien identify staff/ cam1.jpg cam2.jpg "
        "--top 3 --json");
    return {app, [options] {
                const auto code = identify(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
