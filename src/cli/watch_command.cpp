#include <iostream>
#include <memory>
#include <thread>

#include "cli/commands.h"
#include "cli/source_watch.h"
#include "media/video/address.h"

namespace mien::cli {
namespace {

struct Options : SourceWatchOptions {
    std::vector<std::string> sources{};
    std::string staff{};  // a gallery
    std::string events{};
};

Json json_of(const pipeline::Visitors& visitors) {
    const auto unique = visitors.unique();
    return {{"visits", visitors.visits()},
            {"unique", unique ? Json(*unique) : Json(nullptr)},
            {"staff_visits", visitors.staff_visits()},
            {"female", visitors.female()},
            {"male", visitors.male()}};
}

Result<std::vector<Template>> staff_of(gallery::Store& store, const std::string& gallery, const Maker* maker) {
    if (maker == nullptr) return Error{Fault::BadInput, "--staff needs --faces: staff is known by face"};
    std::vector<Template> all;
    MIEN_TRY(store.load(gallery, *maker, 1, [&](int, const gallery::StoredTemplate& one) {
        all.push_back({*maker, one.values});
    }));
    if (all.empty())
        return Error{Fault::BadInput, "gallery '" + gallery + "' has no templates by " + maker->model + " for --staff"};
    return all;
}

Result<int> watch(const Options& options) {
    if (!options.recorder.archive.empty() && options.sources.size() > 1 && !options.recorder.camera.empty())
        return Error{Fault::BadInput, "--camera names one source; give several without it, or one at a time"};
    MIEN_TRY(watch_options_from(options.watching));  // before anything is fetched
    MIEN_LET(events, EventFile::open(options.events));
    std::optional<gallery::Store> store;
    if (!options.recorder.archive.empty() || !options.staff.empty()) {
        MIEN_LET(opened, open_store_for_people(options.store));
        store.emplace(std::move(opened));
    }
    const int lanes = static_cast<int>(std::min<std::size_t>(options.sources.size(), 4));
    MIEN_LET(networks, open_watch(options.watching, lanes));
    pipeline::VisitorOptions visitors;
    if (const Maker* maker = networks.body_maker())
        if (const auto likeness = pipeline::body_likeness(*maker)) visitors.same_body = likeness->same_visitor;
    if (!options.staff.empty()) {
        MIEN_LET(staff, staff_of(*store, options.staff, networks.face_maker()));
        visitors.staff = std::move(staff);
    }
    Desk desk(std::move(events), std::move(visitors), options.store.json ? Desk::Say::Nothing : Desk::Say::Events);
    gallery::Store* kept = options.recorder.archive.empty() ? nullptr : &*store;
    std::vector<Result<Json>> outcomes(options.sources.size(), Error{Fault::Bug, "not run"});
    if (options.sources.size() == 1) {
        ProgressBar bar(ProgressBar::Unit::Items);
        outcomes[0] = watch_one(options.sources[0], options, networks, desk, kept, &bar);
    } else {
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < options.sources.size(); ++i)
            threads.emplace_back([&, i] {
                SourceWatchOptions own = options;
                own.suffix = "-" + std::to_string(i + 1);
                own.watching.decode_threads = 1;  // the sources share the cores already
                outcomes[i] = watch_one(options.sources[i], own, networks, desk, kept, nullptr);
                if (!outcomes[i]) desk.lost(media::shown_address(options.sources[i]), outcomes[i].error());
            });
        for (std::thread& thread : threads) thread.join();
    }
    int code = done;
    Json sources = Json::array();
    Json counts = Json::object();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (!outcomes[i]) {
            code = std::max(code, report(outcomes[i].error()));
            sources.push_back(
                {{"source", media::shown_address(options.sources[i])}, {"error", cli::json_of(outcomes[i].error())}});
            continue;
        }
        for (const auto& [line, count] : (*outcomes[i])["counts"].items()) {
            if (!counts.contains(line)) {
                counts[line] = count;
                continue;
            }
            for (const auto& [what, number] : count.items())
                counts[line][what] = counts[line][what].get<int>() + number.get<int>();
        }
        sources.push_back(std::move(*outcomes[i]));
    }
    if (options.store.json) {
        print_json({{"sources", sources}, {"visitors", json_of(desk.visitors())}, {"counts", counts}});
        return code;
    }
    for (const auto& [line, count] : counts.items())
        std::cout << line << ": " << count["in"] << " in (" << count["in_low"] << " to " << count["in_high"] << "), "
                  << count["out"] << " out (" << count["out_low"] << " to " << count["out_high"] << ")\n";
    for (const Json& source : sources)
        if (source.contains("frames"))
            std::cout << source["source"].get<std::string>() << ": " << source["people"] << " people in "
                      << source["frames"] << " frames, " << source["seconds"] << " s in " << source["wall_seconds"]
                      << " s\n";
    if (std::ranges::none_of(outcomes, &Result<Json>::has_value)) return code;
    std::cout << "visits " << desk.visitors().visits();
    if (const auto unique = desk.visitors().unique())
        std::cout << ", by " << *unique << " different visitors as far as looks tell\n";
    else
        std::cout
            << ", by how many different visitors can't be told: choose --reid omz-person-reidentification-retail-0288, "
               "or --faces where all show theirs\n";
    return code;
}

}  // namespace

Command make_watch_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app =
        parent.add_subcommand("watch", "Follow and count people in videos, streams and cameras; several at once");
    app->add_option("sources", options->sources,
                    "Files, rtsp:// or http:// addresses, /dev/videoN, folders or patterns of pictures")
        ->required();
    add_watching_options(*app, options->watching);
    app->add_option("--events", options->events, "Write events as they come: FILE.jsonl or FILE.csv");
    app->add_option("--draw", options->pictures.video, "Write the video with boxes, lines and counts: FILE.mp4");
    app->add_option("--heat", options->pictures.heat, "Write where people stood for how long: FILE.png");
    app->add_option("--paths", options->pictures.paths, "Write where people went: FILE.png");
    app->add_option("--archive", options->recorder.archive, "Keep sightings in this archive (mien archive create)");
    app->add_option("--camera", options->recorder.camera, "The camera's name in the archive; default: the file's");
    app->add_option("--started", options->recorder.started, "When the recording began, ISO 8601");
    app->add_option("--staff", options->staff, "A gallery of people who are no visitors; with --faces");
    add_store_options(*app, options->store);
    app->footer(
        "Counts have a 95 % interval from how sure each crossing is; low and high are those of in and out together.\n\n"
        "Examples:\n  mien watch vtest.avi --line 690,240,690,440 --draw counted.mp4 --heat heat.png\n  mien watch "
        "rtsp://user:password@camera/stream --line door=100,300,500,300 --events door.jsonl\n  mien watch a.mp4 b.mp4 "
        "--archive shop --json");
    return {app, [options] {
                const auto code = watch(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
