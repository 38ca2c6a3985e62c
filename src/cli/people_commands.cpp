#include <iostream>
#include <memory>

#include "cli/faces.h"
#include "cli/gallery_commands.h"
#include "cli/store.h"

namespace mien::cli {
namespace {

using gallery::Store;

struct Options {
    StoreChoice store{};
    std::string gallery{};
    std::string a{};
    std::string b{};
    std::string consent{};
    std::int64_t number = 0;
    std::vector<std::int64_t> samples{};
};

using Work = Result<Json> (*)(Store&, const Options&);

// Runs the work on the open store; its JSON is the answer, and `text` its sentence for people.
std::function<int()> run(std::shared_ptr<Options> options, Work work) {
    return [options = std::move(options), work] {
        auto store = open_store(options->store, gallery::StoreOptions::Missing::Fail);
        if (!store) return report(store.error());
        const Result<Json> answer = work(*store, *options);
        if (!answer) return report(answer.error());
        if (options->store.json)
            print_json(*answer);
        else
            std::cout << answer->at("said").get<std::string>() << '\n';
        return done;
    };
}

Command make(CLI::App& parent, const char* name, const char* what, const char* example, Work work,
             const std::function<void(CLI::App&, Options&)>& arguments) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(name, what);
    arguments(*app, *options);
    add_store_options(*app, options->store);
    app->footer(std::string("Example:\n  ") + example);
    return {app, run(options, work)};
}

Result<Json> merge(Store& store, const Options& o) {
    MIEN_LET(merge, store.merge(o.gallery, o.a, o.b, o.store.actor()));
    return Json{{"merge", merge.id},
                {"said", o.b + " counts as " + o.a + " (merge " + std::to_string(merge.id) +
                             "; undo with mien gallery unmerge " + std::to_string(merge.id) + ")"}};
}

Result<Json> unmerge(Store& store, const Options& o) {
    MIEN_TRY(store.undo_merge(o.number, o.store.actor()));
    return Json{{"merge", o.number}, {"said", "merge " + std::to_string(o.number) + " is undone"}};
}

Result<Json> split(Store& store, const Options& o) {
    MIEN_LET(made, store.split(o.gallery, o.a, o.samples, o.b, o.store.actor()));
    return Json{{"reference", made.reference},
                {"samples", made.samples},
                {"said", std::to_string(made.samples.size()) + " samples of " + o.a + " are " + o.b + " now"}};
}

Result<Json> rename(Store& store, const Options& o) {
    std::optional<gallery::Consent> consent;
    if (!o.consent.empty()) {
        MIEN_LET(given, consent_from(o.consent, {}));
        consent = std::move(given);
    }
    MIEN_TRY(store.rename(o.gallery, o.a, o.b, consent, o.store.actor()));
    return Json{{"subject", o.b}, {"said", o.a + " is named " + o.b + " now"}};
}

Result<Json> reject(Store& store, const Options& o) {
    MIEN_LET(makers, store.makers(o.gallery));
    if (makers.empty()) return Error{Fault::BadInput, "gallery '" + o.gallery + "' is empty"};
    MIEN_LET(faces, open_faces_for(makers.back()));
    MIEN_LET(face, largest_face(faces, o.b));
    MIEN_LET(made, store.reject(o.gallery, o.a, *face.made, o.store.actor()));
    return Json{
        {"rejection", made.id},
        {"said", "remembered: the face in " + o.b + " is not " + o.a + " (rejection " + std::to_string(made.id) + ")"}};
}

Result<Json> unreject(Store& store, const Options& o) {
    MIEN_TRY(store.take_back_rejection(o.number, o.store.actor()));
    return Json{{"rejection", o.number}, {"said", "rejection " + std::to_string(o.number) + " is taken back"}};
}

}  // namespace

std::vector<Command> make_people_commands(CLI::App& parent) {
    const auto gallery_of = [](CLI::App& app, Options& o) {
        app.add_option("gallery", o.gallery, "The gallery")->required();
    };
    return {
        make(parent, "merge", "Say that two subjects are one person", "mien gallery merge visitors anna unknown-3f2a",
             merge,
             [&](CLI::App& app, Options& o) {
                 gallery_of(app, o);
                 app.add_option("into", o.a, "Who stays")->required();
                 app.add_option("from", o.b, "Who counts as that one from now on")->required();
             }),
        make(parent, "unmerge", "Undo a merge", "mien gallery unmerge 4", unmerge,
             [](CLI::App& app, Options& o) { app.add_option("merge", o.number, "Its number")->required(); }),
        make(parent, "split", "Move samples of a subject to a new one",
             "mien gallery split visitors anna beth --samples 12 15", split,
             [&](CLI::App& app, Options& o) {
                 gallery_of(app, o);
                 app.add_option("subject", o.a, "Who has the samples")->required();
                 app.add_option("name", o.b, "The new subject's name")->required();
                 app.add_option("--samples", o.samples, "Numbers of the samples (mien gallery show)")->required();
             }),
        make(parent, "rename", "Give a subject another name; an unknown one becomes known",
             "mien gallery rename visitors unknown-3f2a anna", rename,
             [&](CLI::App& app, Options& o) {
                 gallery_of(app, o);
                 app.add_option("subject", o.a, "Who")->required();
                 app.add_option("name", o.b, "The new name")->required();
                 app.add_option("--consent", o.consent, "The text that was agreed to: a file or an id");
             }),
        make(parent, "reject", "Say that a picture does not show a subject; later searches obey",
             "mien gallery reject staff anna visitor.jpg", reject,
             [&](CLI::App& app, Options& o) {
                 gallery_of(app, o);
                 app.add_option("subject", o.a, "Who it is not")->required();
                 app.add_option("picture", o.b, "The picture that was taken for that subject")->required();
             }),
        make(parent, "unreject", "Take a rejection back", "mien gallery unreject 2", unreject,
             [](CLI::App& app, Options& o) { app.add_option("rejection", o.number, "Its number")->required(); }),
    };
}

}  // namespace mien::cli
