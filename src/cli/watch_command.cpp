#include <atomic>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include "base/file.h"
#include "base/stop.h"
#include "cli/archive_json.h"
#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "cli/recorder.h"
#include "cli/watch_pictures.h"
#include "cli/watching.h"
#include "gallery/live.h"
#include "media/video/address.h"
#include "pipeline/visitors.h"

namespace mien::cli {
namespace {

using std::chrono::milliseconds;

struct Options {
    std::vector<std::string> sources{};
    WatchingOptions watching{};
    StoreChoice store{};
    RecorderOptions recorder{};
    std::string staff{};   // a gallery
    std::string events{};  // .jsonl or .csv
    WatchPictureOptions pictures{};
};

// Events of all sources, in one file, as they come.
class EventFile {
public:
    static Result<EventFile> open(const std::string& name) {
        EventFile file;
        if (name.empty()) return file;
        file.csv_ = name.ends_with(".csv");
        if (!file.csv_ && !name.ends_with(".jsonl"))
            return Error{Fault::BadInput, "--events writes .jsonl or .csv, got " + name};
        file.out_ = std::make_unique<std::ofstream>(name);
        file.name_ = name;
        if (file.csv_) *file.out_ << "source,second,kind,details\n";
        MIEN_TRY(file.check());
        return file;
    }
    Status write(const std::string& source, const Event& event) {
        if (!out_) return {};
        if (csv_) {
            *out_ << csv_field(source) << ',' << seconds(event.at) << ',' << csv_field(event.kind) << ','
                  << csv_field(event.body) << std::endl;
        } else {
            Json line{{"source", source}, {"second", seconds(event.at)}, {"kind", event.kind}};
            line.update(Json::parse(event.body, nullptr, false));
            *out_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
        }
        return check();
    }

private:
    Status check() const {
        if (*out_) return {};
        return Error{Fault::Unavailable, name_ + " can't be written: check the folder and the disk"};
    }
    std::unique_ptr<std::ofstream> out_{};
    std::string name_{};
    bool csv_ = false;
};

// What the sources share. Thread rule: any thread.
class Desk {
public:
    Desk(const Options& options, EventFile events, pipeline::VisitorOptions visitors)
        : options_(options), events_(std::move(events)), visitors_(std::move(visitors)) {}

    Status take(const std::string& source, const pipeline::Glimpse& glimpse) {
        const std::lock_guard guard(lock_);
        for (const Event& event : glimpse.events) {
            MIEN_TRY(events_.write(source, event));
            if (!options_.store.json) say(source, event);
        }
        for (const Sighting& sighting : glimpse.sightings)
            if (sighting.to - sighting.from >= shortest_visit) visitors_.add(sighting, sighting.to);
        return {};
    }
    Json visitors() const {
        const auto unique = visitors_.unique();
        return {{"visits", visitors_.visits()},
                {"unique", unique ? Json(*unique) : Json(nullptr)},
                {"staff_visits", visitors_.staff_visits()},
                {"female", visitors_.female()},
                {"male", visitors_.male()}};
    }
    const pipeline::Visitors& counted() const { return visitors_; }

private:
    static constexpr milliseconds shortest_visit{1000};  // less is a passing glance of the detector

    void say(const std::string& source, const Event& event) const {
        const Json body = Json::parse(event.body, nullptr, false);
        std::cout << source << "  " << seconds(event.at) << " s  " << event.kind;
        for (const char* place : {"line", "zone", "detail"})
            if (body.contains(place)) std::cout << "  " << body[place].get<std::string>();
        if (body.contains("track")) std::cout << "  person " << body["track"];
        std::cout << std::endl;
    }

    const Options& options_;
    std::mutex lock_{};
    EventFile events_;
    pipeline::Visitors visitors_;
};

struct Outcome {
    Json json{};
    std::vector<pipeline::LineCount> lines{};
};

class SourceWatch {
public:
    SourceWatch(std::string address, const Options& options, const pipeline::WatchNetworks& networks, Desk& desk,
                gallery::Store* store)
        : address_(std::move(address)), options_(options), networks_(networks), desk_(desk), store_(store) {}

    Result<Outcome> run(ProgressBar* bar) {
        MIEN_LET(wanted, watch_options_from(options_.watching));
        WatchingOptions reading = options_.watching;
        MIEN_TRY(begin(reading, wanted));
        if (recorder_ && recorder_->archive().store().gallery(options_.recorder.archive)->keep_crops == false)
            wanted.crops = pipeline::Crops::No;
        MIEN_LET(watcher, pipeline::Watcher::make(networks_.parts(), wanted));
        std::optional<milliseconds> length;
        std::string shown;
        WatchPictures pictures(options_.pictures, wanted, options_.sources.size() > 1 ? suffix() : "");
        MIEN_LET(watched, watch_source(
                              address_, reading, watcher,
                              [&](const media::VideoInfo& info) -> Status {
                                  shown = info.source;
                                  length = info.length;
                                  return pictures.open(info);
                              },
                              [&](const Frame& frame, const pipeline::Glimpse& glimpse) -> Status {
                                  if (frame.picture) MIEN_TRY(pictures.add(frame, glimpse, watcher));
                                  MIEN_TRY(desk_.take(shown, glimpse));
                                  for (const Sighting& one : glimpse.sightings) pictures.keep_path(one);
                                  if (recorder_) MIEN_TRY(recorder_->take(glimpse, watcher.settled()));
                                  if (bar != nullptr && frame.picture && length)
                                      bar->show("watching " + shown, seconds(frame.at), seconds(*length));
                                  return {};
                              }));
        if (recorder_) MIEN_TRY(recorder_->end(watcher.settled(), watched.to_the_end));
        MIEN_LET(files, pictures.finish(watcher));
        Outcome outcome{json_of(watched), watcher.lines()};
        outcome.json["people"] = watcher.people();
        outcome.json["counts"] = counts_json(watcher);
        Json zones = Json::object();
        for (const pipeline::ZoneCount& zone : watcher.zones())
            zones[zone.name] = {{"present", zone.present},
                                {"occupancy", zone.occupancy},
                                {"visits", zone.visits},
                                {"mean_dwell_seconds", seconds(zone.dwell)}};
        if (!zones.empty()) outcome.json["zones"] = zones;
        if (!files.empty()) outcome.json["files"] = files;
        return outcome;
    }

private:
    std::string suffix() const {
        const auto at = std::ranges::find(options_.sources, address_) - options_.sources.begin();
        return "-" + std::to_string(at + 1);
    }
    // Opens the archive's recording, and goes on where it was.
    Status begin(WatchingOptions& reading, pipeline::WatchOptions& wanted) {
        if (store_ == nullptr) return {};
        MIEN_LET(source, media::VideoSource::open(address_, video_options_from(reading)));
        MIEN_LET(first, source.next());
        MIEN_LET(recorder, Recorder::begin(*store_, options_.store, options_.recorder, address_, source.info(),
                                           first.value_or(Frame{})));
        recorder_.emplace(std::move(recorder));
        wanted.first_track = recorder_->recording().next_track;
        if (recorder_->recording().indexed > milliseconds{0}) reading.start = seconds(recorder_->recording().indexed);
        return {};
    }

    std::string address_;
    const Options& options_;
    const pipeline::WatchNetworks& networks_;
    Desk& desk_;
    gallery::Store* store_;
    std::optional<Recorder> recorder_{};
};

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
    Desk desk(options, std::move(events), std::move(visitors));
    gallery::Store* kept = options.recorder.archive.empty() ? nullptr : &*store;
    std::vector<Result<Outcome>> outcomes(options.sources.size(), Error{Fault::Bug, "not run"});
    if (options.sources.size() == 1) {
        ProgressBar bar(ProgressBar::Unit::Items);
        outcomes[0] = SourceWatch(options.sources[0], options, networks, desk, kept).run(&bar);
    } else {
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < options.sources.size(); ++i)
            threads.emplace_back(
                [&, i] { outcomes[i] = SourceWatch(options.sources[i], options, networks, desk, kept).run(nullptr); });
        for (std::thread& thread : threads) thread.join();
    }
    int code = done;
    Json sources = Json::array();
    Json counts = Json::object();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (!outcomes[i]) {
            code = std::max(code, report(outcomes[i].error()));
            sources.push_back(
                {{"source", media::shown_address(options.sources[i])}, {"error", json_of(outcomes[i].error())}});
            continue;
        }
        for (const auto& [line, count] : outcomes[i]->json["counts"].items()) {
            if (!counts.contains(line)) {
                counts[line] = count;
                continue;
            }
            for (const auto& [what, number] : count.items())
                counts[line][what] = counts[line][what].get<int>() + number.get<int>();
        }
        sources.push_back(outcomes[i]->json);
    }
    if (options.store.json) {
        print_json({{"sources", sources}, {"visitors", desk.visitors()}, {"counts", counts}});
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
    std::cout << "visits " << desk.counted().visits();
    if (const auto unique = desk.counted().unique())
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
