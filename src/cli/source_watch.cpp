#include "cli/source_watch.h"

#include <iostream>

#include "cli/archive_json.h"

namespace mien::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds shortest_visit{1000};  // less is a passing glance of the detector

void say(const std::string& source, const Event& event) {
    const Json body = Json::parse(event.body, nullptr, false);
    std::cout << source << "  " << seconds(event.at) << " s  " << event.kind;
    for (const char* place : {"line", "zone", "detail"})
        if (body.contains(place)) std::cout << "  " << body[place].get<std::string>();
    if (body.contains("track")) std::cout << "  person " << body["track"];
    std::cout << std::endl;
}

Json zones_json(const pipeline::Watcher& watcher) {
    Json zones = Json::object();
    for (const pipeline::ZoneCount& zone : watcher.zones())
        zones[zone.name] = {{"present", zone.present},
                            {"occupancy", zone.occupancy},
                            {"visits", zone.visits},
                            {"mean_dwell_seconds", seconds(zone.dwell)}};
    return zones;
}

// Opens the archive's recording, and goes on where it was.
Result<Recorder> begin(const std::string& address, const SourceWatchOptions& options, gallery::Store& store,
                       WatchingOptions& reading, pipeline::WatchOptions& wanted) {
    MIEN_LET(source, media::VideoSource::open(address, video_options_from(reading)));
    MIEN_LET(first, source.next());
    MIEN_LET(recorder,
             Recorder::begin(store, options.store, options.recorder, address, source.info(), first.value_or(Frame{})));
    MIEN_LET(info, store.gallery(options.recorder.archive));
    wanted.crops = info.keep_crops ? pipeline::Crops::Yes : pipeline::Crops::No;
    wanted.first_track = recorder.recording().next_track;
    if (recorder.recording().indexed > milliseconds{0}) reading.start = seconds(recorder.recording().indexed);
    return recorder;
}

}  // namespace

Result<EventFile> EventFile::open(const std::string& name) {
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

Status EventFile::write(const std::string& source, const Event& event) {
    if (!out_) return {};
    if (csv_) {
        *out_ << csv_field(source) << ',' << seconds(event.at) << ',' << csv_field(event.kind) << ','
              << csv_field(event.body) << std::endl;
    } else {
        Json line{{"source", source}, {"second", seconds(event.at)}, {"kind", event.kind}};
        if (event.kind == "in" || event.kind == "out") line["direction"] = event.kind;
        line.update(Json::parse(event.body, nullptr, false));
        *out_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
    }
    return check();
}

Status EventFile::check() const {
    if (*out_) return {};
    return Error{Fault::Unavailable, name_ + " can't be written: check the folder and the disk"};
}

Status Desk::take(const std::string& source, const pipeline::Glimpse& glimpse) {
    const std::lock_guard guard(lock_);
    for (const Event& event : glimpse.events) {
        MIEN_TRY(events_.write(source, event));
        if (say_ == Say::Events) say(source, event);
    }
    for (const Sighting& sighting : glimpse.sightings)
        if (sighting.to - sighting.from >= shortest_visit) visitors_.add(sighting, sighting.to);
    return {};
}

void Desk::lost(const std::string& source, const Error& error) {
    pipeline::Glimpse told;
    told.events.push_back({milliseconds{0}, "source failed", Json{{"detail", error.message}}.dump()});
    if (const auto kept = take(source, told); !kept) report(kept.error());
}

Result<Json> watch_one(const std::string& address, const SourceWatchOptions& options,
                       const pipeline::WatchNetworks& networks, Desk& desk, gallery::Store* store, ProgressBar* bar) {
    MIEN_LET(wanted, watch_options_from(options.watching));
    WatchingOptions reading = options.watching;
    std::optional<Recorder> recorder;
    if (store != nullptr) {
        MIEN_LET(begun, begin(address, options, *store, reading, wanted));
        recorder.emplace(std::move(begun));
    }
    MIEN_LET(watcher, pipeline::Watcher::make(networks.parts(), wanted));
    WatchPictures pictures(options.pictures, wanted, options.suffix);
    std::string shown;
    std::optional<milliseconds> length;
    milliseconds last{0};
    const auto opened = [&](const media::VideoInfo& info) -> Status {
        shown = info.source;
        length = info.length;
        return pictures.open(info);
    };
    const auto seen = [&](const Frame& frame, const pipeline::Glimpse& glimpse) -> Status {
        if (frame.picture) MIEN_TRY(pictures.add(frame, glimpse, watcher));
        MIEN_TRY(desk.take(shown, glimpse));
        for (const Sighting& one : glimpse.sightings) pictures.keep_path(one);
        if (frame.picture) last = frame.at;
        if (recorder) MIEN_TRY(recorder->take(glimpse, {last, watcher.settled()}));
        if (bar != nullptr && frame.picture && length)
            bar->show("watching " + shown, seconds(frame.at), seconds(*length));
        return {};
    };
    MIEN_LET(watched, watch_source(address, reading, watcher, opened, seen));
    if (recorder) MIEN_TRY(recorder->end({last, watcher.settled()}, watched.to_the_end));
    MIEN_LET(files, pictures.finish(watcher));
    Json json = json_of(watched);
    json["people"] = watcher.people();
    json["counts"] = counts_json(watcher);
    if (const Json zones = zones_json(watcher); !zones.empty()) json["zones"] = zones;
    if (!files.empty()) json["files"] = files;
    return json;
}

}  // namespace mien::cli
