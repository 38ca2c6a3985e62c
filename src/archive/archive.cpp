#include "archive/archive.h"

#include <nlohmann/json.hpp>

#include "gallery/store/database.h"

namespace mien::archive {
namespace {

namespace fs = std::filesystem;
using gallery::Database;
using gallery::Statement;
using gallery::Transaction;
using Json = nlohmann::json;

constexpr std::string_view schema = R"(
CREATE TABLE IF NOT EXISTS archive(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, mining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS recording(
  id INTEGER PRIMARY KEY AUTOINCREMENT, archive INTEGER NOT NULL REFERENCES archive(id), camera TEXT NOT NULL,
  video TEXT NOT NULL, started INTEGER NOT NULL, clock INTEGER NOT NULL, indexed INTEGER NOT NULL DEFAULT 0,
  finished INTEGER NOT NULL DEFAULT 0, UNIQUE(archive, camera, video, started));
CREATE TABLE IF NOT EXISTS sighting(
  recording INTEGER NOT NULL REFERENCES recording(id), track INTEGER NOT NULL, ends INTEGER NOT NULL,
  PRIMARY KEY(recording, track)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event(
  id INTEGER PRIMARY KEY AUTOINCREMENT, recording INTEGER NOT NULL REFERENCES recording(id), at INTEGER NOT NULL,
  kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_recording ON event(recording, at);
PRAGMA user_version = 1;
)";

constexpr int recording_bits = 32;  // of a sighting's tags

Result<Database> open_database(const fs::path& folder) {
    MIEN_LET(data, Database::open(folder / "archive.db"));
    {
        auto query = data.prepare("PRAGMA user_version");
        MIEN_TRY(query.step());
        if (query.integer(0) > 1)
            return Error{Fault::Unsupported,
                         (folder / "archive.db").string() + " was written by a later version of mien: use that one"};
        if (query.integer(0) == 1) return data;
    }
    MIEN_TRY(data.execute(schema));
    return data;
}

std::string subject_name(std::int64_t recording, std::int64_t track) {
    return "sighting " + std::to_string(recording) + '/' + std::to_string(track);
}

std::string metadata_of(std::int64_t recording, const NewRecording& said, const Sighting& sighting) {
    Json path = Json::array();
    for (const PathPoint& point : sighting.path)
        path.push_back({point.at.count(), std::lround(point.foot.x), std::lround(point.foot.y)});
    Json json{{"recording", recording},
              {"track", sighting.track},
              {"camera", said.camera},
              {"video", said.video},
              {"started", said.started.time_since_epoch().count()},
              {"from", sighting.from.count()},
              {"to", sighting.to.count()},
              {"path", std::move(path)}};
    if (!sighting.measures.empty()) json["measures"] = Json::parse(sighting.measures, nullptr, false);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<KeptSighting> sighting_of(const gallery::SubjectInfo& subject) try {
    const Json json = Json::parse(subject.metadata);
    KeptSighting made;
    made.id = subject.id;
    made.reference = subject.reference;
    made.recording = json.at("recording");
    made.track = json.at("track");
    made.camera = json.at("camera");
    made.video = json.at("video");
    const Time started{milliseconds{json.at("started").get<std::int64_t>()}};
    made.from = milliseconds{json.at("from").get<std::int64_t>()};
    made.to = milliseconds{json.at("to").get<std::int64_t>()};
    made.first = started + made.from;
    made.last = started + made.to;
    for (const Json& point : json.at("path"))
        made.path.push_back({milliseconds{point.at(0).get<std::int64_t>()}, {point.at(1), point.at(2)}});
    if (json.contains("measures")) made.measures = json["measures"].dump();
    made.attributes = static_cast<std::uint32_t>(subject.tags & 0xffffffffu);
    for (const gallery::SampleInfo& sample : subject.samples) made.shots.push_back(sample.id);
    return made;
} catch (const Json::exception& e) {
    return Error{Fault::Corrupt,
                 "the record of sighting " + std::to_string(subject.id) + " can't be read: " + e.what()};
}

Recording recording_of(const Statement& row) {
    Recording made;
    made.id = row.integer(0);
    made.said = {row.text(1), row.text(2), Time{milliseconds{row.integer(3)}},
                 row.integer(4) == 0 ? Clock::Known : Clock::Assumed};
    made.indexed = milliseconds{row.integer(5)};
    made.finished = row.integer(6) != 0;
    return made;
}

constexpr std::string_view recording_columns_by_id =
    "SELECT id, camera, video, started, clock, indexed, finished FROM recording WHERE archive = ? ORDER BY id";

}  // namespace

struct Archive::State {
    gallery::Store* store = nullptr;
    std::string name{};
    std::int64_t id = 0;
    Mining mining = Mining::Forbidden;
    mutable Database data;

    Result<Recording> recording(std::int64_t number) const;
};

Result<Recording> Archive::State::recording(std::int64_t number) const {
    auto query = data.prepare(
        "SELECT id, camera, video, started, clock, indexed, finished FROM recording WHERE id = ? AND archive = ?");
    MIEN_LET(found, query.bind(number).bind(id).step());
    if (!found) return Error{Fault::NotFound, "archive '" + name + "' has no recording " + std::to_string(number)};
    return recording_of(query);
}

Archive::Archive(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

const std::string& Archive::name() const {
    return state_->name;
}
Mining Archive::mining() const {
    return state_->mining;
}
gallery::Store& Archive::store() const {
    return *state_->store;
}

Result<Archive> Archive::create(gallery::Store& store, const fs::path& folder, const gallery::NewGallery& kept,
                                Mining mining, const gallery::Actor& actor) {
    if (kept.basis == gallery::Basis::Consent)
        return Error{Fault::BadInput,
                     "an archive can't stand on consent, which people whom nobody knows can't have "
                     "given: choose contract, law or test"};
    MIEN_LET(data, open_database(folder));
    MIEN_TRY(store.create(kept, actor));
    auto insert = data.prepare("INSERT OR REPLACE INTO archive(name, mining) VALUES(?, ?)");
    MIEN_TRY(insert.bind(kept.name).bind(std::int64_t{mining == Mining::Allowed}).run());
    return open(store, folder, kept.name);
}

Result<Archive> Archive::open(gallery::Store& store, const fs::path& folder, const std::string& name) {
    MIEN_LET(data, open_database(folder));
    std::int64_t id = 0;
    Mining mining = Mining::Forbidden;
    {
        auto query = data.prepare("SELECT id, mining FROM archive WHERE name = ?");
        MIEN_LET(found, query.bind(name).step());
        if (!found)
            return Error{Fault::NotFound, "there is no archive '" + name + "': make it with mien archive create"};
        id = query.integer(0);
        mining = query.integer(1) != 0 ? Mining::Allowed : Mining::Forbidden;
    }
    MIEN_TRY(store.gallery(name));
    return Archive(std::unique_ptr<State>(new State{&store, name, id, mining, std::move(data)}));
}

Result<std::vector<std::string>> Archive::names(const fs::path& folder) {
    std::error_code unknown;
    std::vector<std::string> all;
    if (!fs::exists(folder / "archive.db", unknown)) return all;
    MIEN_LET(data, open_database(folder));
    auto query = data.prepare("SELECT name FROM archive ORDER BY name");
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back(query.text(0));
    }
}

Result<Recording> Archive::begin(const NewRecording& recording, const gallery::Actor& actor) {
    State& s = *state_;
    {
        auto insert = s.data.prepare(
            "INSERT OR IGNORE INTO recording(archive, camera, video, started, clock) VALUES(?, ?, ?, ?, ?)");
        insert.bind(s.id).bind(recording.camera).bind(recording.video);
        insert.bind(recording.started.time_since_epoch().count());
        MIEN_TRY(insert.bind(std::int64_t{recording.clock == Clock::Assumed}).run());
    }
    Recording made;
    {
        auto query = s.data.prepare(
            "SELECT id, camera, video, started, clock, indexed, finished FROM recording "
            "WHERE archive = ? AND camera = ? AND video = ? AND started = ?");
        query.bind(s.id).bind(recording.camera).bind(recording.video);
        MIEN_TRY(query.bind(recording.started.time_since_epoch().count()).step());
        made = recording_of(query);
    }
    if (made.finished)
        return Error{Fault::Conflict,
                     recording.video + " of camera '" + recording.camera + "' is in archive '" + s.name + "' already"};
    std::vector<std::int64_t> again;
    {
        auto query = s.data.prepare("SELECT track FROM sighting WHERE recording = ? AND ends >= ?");
        query.bind(made.id).bind(made.indexed.count());
        while (true) {
            MIEN_LET(more, query.step());
            if (!more) break;
            again.push_back(query.integer(0));
        }
    }
    for (const std::int64_t track : again) {
        auto gone = s.store->forget(s.name, subject_name(made.id, track), actor);
        if (!gone && gone.error().fault != Fault::NotFound) return gone.error();
    }
    MIEN_LET(transaction, Transaction::begin(s.data));
    {
        auto sightings = s.data.prepare("DELETE FROM sighting WHERE recording = ? AND ends >= ?");
        MIEN_TRY(sightings.bind(made.id).bind(made.indexed.count()).run());
        auto events = s.data.prepare("DELETE FROM event WHERE recording = ? AND at >= ?");
        MIEN_TRY(events.bind(made.id).bind(made.indexed.count()).run());
        auto last = s.data.prepare("SELECT COALESCE(MAX(track), 0) + 1 FROM sighting WHERE recording = ?");
        MIEN_TRY(last.bind(made.id).step());
        made.next_track = last.integer(0);
    }
    MIEN_TRY(transaction.commit());
    return made;
}

Result<std::vector<Recording>> Archive::recordings() const {
    auto query = state_->data.prepare(recording_columns_by_id);
    query.bind(state_->id);
    std::vector<Recording> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back(recording_of(query));
    }
}

// First the numbers of what is coming, then the sightings themselves in the store, last how far it is: after a crash at
// any point begin() knows what to take out.
Status Archive::add(std::int64_t recording, std::span<const Sighting> sightings, std::span<const Event> events,
                    const Progress& progress, const gallery::Actor& actor) {
    State& s = *state_;
    MIEN_LET(known, s.recording(recording));
    std::vector<gallery::Enrolment> people;
    for (const Sighting& sighting : sightings) {
        gallery::Enrolment person{.subject = subject_name(recording, sighting.track),
                                  .metadata = metadata_of(recording, known.said, sighting),
                                  .tags = std::uint64_t(recording) << recording_bits | sighting.attributes,
                                  .kind = gallery::SubjectKind::Unknown};
        for (const SightingShot& shot : sighting.shots) {
            gallery::NewSample sample{.made = shot.made,
                                      .quality = shot.quality,
                                      .source = std::to_string(shot.at.count()),
                                      .created = known.said.started + shot.at};
            if (!shot.crop.empty()) sample.crop = shot.crop;
            person.samples.push_back(std::move(sample));
        }
        people.push_back(std::move(person));
    }
    if (!people.empty()) {
        MIEN_LET(transaction, Transaction::begin(s.data));
        for (const Sighting& sighting : sightings) {
            auto insert = s.data.prepare("INSERT INTO sighting(recording, track, ends) VALUES(?, ?, ?)");
            MIEN_TRY(insert.bind(recording).bind(sighting.track).bind(sighting.to.count()).run());
        }
        MIEN_TRY(transaction.commit());
        MIEN_TRY(s.store->enrol(s.name, people, actor));
    }
    MIEN_LET(transaction, Transaction::begin(s.data));
    for (const Event& event : events) {
        auto insert = s.data.prepare("INSERT INTO event(recording, at, kind, body) VALUES(?, ?, ?, ?)");
        MIEN_TRY(insert.bind(recording).bind(event.at.count()).bind(event.kind).bind(event.body).run());
    }
    {
        auto update = s.data.prepare("UPDATE recording SET indexed = ?, finished = ? WHERE id = ?");
        update.bind(progress.indexed.count()).bind(std::int64_t{progress.finished});
        MIEN_TRY(update.bind(recording).run());
    }
    return transaction.commit();
}

Result<KeptSighting> Archive::sighting(std::int64_t id) const {
    MIEN_LET(subject, state_->store->subject(id));
    return sighting_of(subject);
}

Result<std::vector<KeptSighting>> Archive::sightings(std::int64_t after, std::size_t most) const {
    MIEN_LET(subjects, state_->store->subjects(state_->name, after, most));
    std::vector<KeptSighting> all;
    for (const gallery::SubjectInfo& subject : subjects) {
        MIEN_LET(one, sighting_of(subject));
        all.push_back(std::move(one));
    }
    return all;
}

Result<Bytes> Archive::shot(std::int64_t sample) const {
    return state_->store->crop(sample);
}

Result<std::vector<Archive::At>> Archive::events() const {
    auto query = state_->data.prepare(
        "SELECT recording, at, kind, body FROM event WHERE recording IN (SELECT id FROM recording WHERE archive = ?) "
        "ORDER BY recording, at, id");
    query.bind(state_->id);
    std::vector<At> all;
    while (true) {
        MIEN_LET(more, query.step());
        if (!more) return all;
        all.push_back({query.integer(0), {milliseconds{query.integer(1)}, query.text(2), query.text(3)}});
    }
}

Status Archive::remove(const gallery::Actor& actor) && {
    State& s = *state_;
    MIEN_TRY(s.store->remove(s.name, actor));
    MIEN_LET(transaction, Transaction::begin(s.data));
    for (const std::string_view sql :
         {"DELETE FROM event WHERE recording IN (SELECT id FROM recording WHERE archive = ?)",
          "DELETE FROM sighting WHERE recording IN (SELECT id FROM recording WHERE archive = ?)",
          "DELETE FROM recording WHERE archive = ?", "DELETE FROM archive WHERE id = ?"}) {
        auto drop = s.data.prepare(sql);
        MIEN_TRY(drop.bind(s.id).run());
    }
    return transaction.commit();
}

}  // namespace mien::archive
