#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "base/stop.h"
#include "cli/faces.h"
#include "cli/gallery_commands.h"
#include "cli/progress_bar.h"
#include "cli/store.h"
#include "media/read_picture.h"
#include "pipeline/parallel.h"

namespace mien::cli {
namespace {

using gallery::Store;

struct Options {
    StoreChoice store{};
    std::string gallery{};
    TemplateChoice made{.views = 2};
    int workers = 0;
    std::size_t most = 0;  // crops in this run; 0: all
    bool drop_old = false;
};

struct Progress {
    std::size_t made = 0;
    std::size_t failed = 0;
    std::size_t left = 0;                  // samples with a crop that this run did not reach
    std::set<std::int64_t> enrol_again{};  // subjects with a sample of which no crop is kept, or shows no face
};

// The new model's template of a sample's crop. Errors: those of decoding and analysing; BadInput without a face.
Result<Template> template_again(Store& store, const pipeline::FacePipeline& faces, std::int64_t sample) {
    MIEN_LET(crop, store.crop(sample));
    MIEN_LET(decoded, media::decode_picture(crop));
    const Frame frame{
        "sample " + std::to_string(sample), {}, std::make_shared<const Picture>(std::move(decoded.picture))};
    MIEN_LET(found, faces.analyse(frame, {.faces = pipeline::Faces::Largest}));
    if (found.empty())
        return Error{Fault::BadInput, "no face is found in the crop of sample " + std::to_string(sample)};
    return std::move(*found.front().made);
}

// Samples with a crop, but without a template by the maker.
Result<std::size_t> waiting(Store& store, const Options& o, const Maker& maker) {
    std::size_t count = 0;
    for (std::int64_t after = 0;;) {
        MIEN_LET(part, store.lacking(o.gallery, maker, after, 4096));
        if (part.empty()) return count;
        after = part.back().sample;
        count += static_cast<std::size_t>(std::ranges::count_if(part, &Store::Lacking::has_crop));
    }
}

// What is done stays done: a stopped run goes on where it was.
Result<Progress> template_all(Store& store, const pipeline::FacePipeline& faces, const Options& o) {
    Progress progress;
    MIEN_LET(all, waiting(store, o, faces.maker()));
    const std::size_t most = o.most == 0 ? all : std::min(all, o.most);
    ProgressBar bar(ProgressBar::Unit::Items);
    std::size_t begun = 0;
    for (std::int64_t after = 0;;) {
        MIEN_LET(part, store.lacking(o.gallery, faces.maker(), after, 64));
        if (part.empty()) break;
        after = part.back().sample;
        std::vector<std::size_t> lacking;
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (!part[i].has_crop) progress.enrol_again.insert(part[i].subject);
            if (part[i].has_crop && begun + lacking.size() < most) lacking.push_back(i);
        }
        // Once a stop is asked for, the rest is only listed.
        std::vector<std::optional<Result<Template>>> made(lacking.size());
        pipeline::for_each_index(lacking.size(), o.workers, [&](std::size_t n) {
            made[n] = template_again(store, faces, part[lacking[n]].sample);
        });
        begun += lacking.size();
        for (std::size_t n = 0; n < lacking.size(); ++n) {
            if (!made[n]) continue;
            if (*made[n]) {
                MIEN_TRY(store.add_template(part[lacking[n]].sample, **made[n]));
                ++progress.made;
                continue;
            }
            ++progress.failed;
            std::cerr << "mien: " << made[n]->error().message << '\n';
            progress.enrol_again.insert(part[lacking[n]].subject);
        }
        bar.show("making templates anew", static_cast<double>(progress.made + progress.failed),
                 static_cast<double>(most));
    }
    progress.left = all - std::min(all, progress.made + progress.failed);
    return progress;
}

Result<int> upgrade(const Options& o) {
    MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Fail));
    MIEN_LET(before, store.makers(o.gallery));
    Options chosen = o;
    if (chosen.workers <= 0) chosen.workers = pipeline::cores();
    MIEN_LET(faces, open_faces(o.made.open({.lanes = chosen.workers})));
    const std::vector<gallery::AuditEntry> begun{{.action = "upgrade",
                                                  .gallery = o.gallery,
                                                  .maker = faces.maker().model + ", " + faces.maker().preprocessing,
                                                  .outcome = "begun",
                                                  .actor = o.store.actor()}};
    MIEN_TRY(store.note(begun));
    MIEN_LET(progress, template_all(store, faces, chosen));
    Json again = Json::array();
    for (const std::int64_t id : progress.enrol_again) {
        MIEN_LET(subject, store.subject(id));
        again.push_back(subject.name);
    }
    std::size_t dropped = 0;
    if (o.drop_old && progress.left == 0) {
        for (const Maker& maker : before) {
            if (maker == faces.maker()) continue;
            MIEN_LET(gone, store.drop_templates(o.gallery, maker, o.store.actor()));
            dropped += gone;
        }
    }
    if (o.store.json) {
        print_json({{"gallery", o.gallery},
                    {"maker", faces.maker().model + ' ' + faces.maker().version + ", " + faces.maker().preprocessing},
                    {"made", progress.made},
                    {"failed", progress.failed},
                    {"left", progress.left},
                    {"enrol_again", again},
                    {"dropped", dropped},
                    {"stopped", stop_asked()}});
    } else {
        std::cout << progress.made << " templates made";
        if (dropped > 0) std::cout << ", " << dropped << " old ones erased";
        if (progress.left > 0)
            std::cout << ", " << progress.left << " left: start the same command again to go on"
                      << (o.drop_old ? "; nothing is erased yet" : "");
        if (!again.empty()) std::cout << "; to be enrolled again, since no usable crop is kept: " << again.size();
        std::cout << '\n';
        for (const Json& name : again) std::cout << "  " << name.get<std::string>() << '\n';
    }
    return done;
}

}  // namespace

Command make_upgrade_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(
        "upgrade", "Make the templates of kept crops anew with another model, while the old ones still serve");
    app->add_option("gallery", options->gallery, "The gallery")->required();
    const TemplateOptions made = add_template_options(*app, options->made);
    app->add_option("--workers", options->workers, "Crops at the same time; 0: one for each core")
        ->capture_default_str();
    app->add_option("--most", options->most, "Make at most so many templates in this run; 0: all that are missing")
        ->capture_default_str();
    app->add_flag("--drop-old", options->drop_old,
                  "Erase the old model's templates at the end; refused while any sample has no new one");
    add_store_options(*app, options->store);
    app->footer(
        "May be stopped with ctrl-C and started again. Until it is done, identify looks in both spaces; templates of "
        "different models are never\ncompared. "
        "Crops are kept where the gallery was made with --keep-crops. Without --embedder, --views is 2.\n\nExamples:\n "
        " "
        "mien gallery upgrade staff --views 2 --drop-old\n  mien gallery upgrade staff --embedder faceres --most "
        "10000");
    return {app, [options, made] {
                // Another model is another recipe already; without one, the mirror image is what there is to gain.
                if (made.embedder->count() > 0 && made.views->count() == 0) options->made.views = 1;
                const auto code = upgrade(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
