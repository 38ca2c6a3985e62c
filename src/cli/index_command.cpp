#include <iostream>
#include <memory>

#include "base/stop.h"
#include "cli/commands.h"
#include "cli/source_watch.h"

namespace mien::cli {
namespace {

struct Options : SourceWatchOptions {
    std::vector<std::string> videos{};
};

// One recording after the other; each is searchable as far as it is indexed.
Result<int> index(const Options& options) {
    if (options.videos.size() > 1 && !options.recorder.started.empty())
        return Error{Fault::BadInput, "--started is the time of one video; index several one at a time"};
    MIEN_TRY(watch_options_from(options.watching));
    MIEN_LET(store, open_store_for_people(options.store));
    MIEN_LET(networks, open_watch(options.watching, 1));
    Desk desk({}, {}, Desk::Say::Nothing);
    Json recordings = Json::array();
    int code = done;
    for (const std::string& video : options.videos) {
        if (stop_asked()) break;
        ProgressBar bar(ProgressBar::Unit::Items);
        auto indexed = watch_one(video, options, networks, desk, &store, &bar);
        if (indexed) {
            if (!options.store.json)
                std::cout << video << ": " << (*indexed)["people"] << " people in " << (*indexed)["seconds"]
                          << " s of video, in " << (*indexed)["wall_seconds"] << " s\n";
            recordings.push_back(std::move(*indexed));
        } else if (indexed.error().fault == Fault::Conflict) {  // what is in is passed over
            std::cerr << "mien: " << indexed.error().message << '\n';
            recordings.push_back({{"source", video}, {"already_indexed", true}});
        } else {
            code = std::max(code, report(indexed.error()));
            recordings.push_back({{"source", video}, {"error", json_of(indexed.error())}});
        }
    }
    if (options.store.json) print_json({{"archive", options.recorder.archive}, {"recordings", recordings}});
    return code;
}

}  // namespace

Command make_index_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    options->watching.max_fps = 5;
    CLI::App* app = parent.add_subcommand(
        "index",
        "Put the people of recorded videos into an archive, so that mien search finds them; may be stopped and "
        "started again");
    app->add_option("videos", options->videos, "Files, one recording each")->required();
    app->add_option("--archive", options->recorder.archive, "The archive (mien archive create)")->required();
    app->add_option("--camera", options->recorder.camera, "The camera's name; default: each file's");
    app->add_option("--started", options->recorder.started,
                    "When the recording began, ISO 8601; default: what the file tells, or a guess by its date");
    add_watching_options(*app, options->watching);
    add_store_options(*app, options->store);
    app->footer(
        "A video that is in the archive is passed over; one that was stopped goes on.\n\nExamples:\n  mien archive "
        "create shop --purpose \"thefts\" --basis law --expires P7D\n  mien index door/*.mp4 --archive shop --camera "
        "door --faces\n  mien search shop still.jpg");
    return {app, [options] {
                const auto code = index(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
