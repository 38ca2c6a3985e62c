#include <algorithm>
#include <iostream>
#include <memory>

#include "archive/mining.h"
#include "archive/people.h"
#include "base/file.h"
#include "cli/archive_json.h"
#include "cli/commands.h"
#include "cli/store.h"

namespace mien::cli {
namespace {

using archive::Archive;
using gallery::Store;
using Missing = gallery::StoreOptions::Missing;

struct Options {
    StoreChoice store{};
    gallery::NewGallery kept{};
    std::string basis{};
    std::string keep{};
    bool no_crops = false;
    bool allow_mining = false;
    std::int64_t sighting = 0;
    std::string camera{};
    std::string file{};
    bool yes = false;
    std::string kind{};
    std::string maker{};
    float alike = 0;
    archive::MiningOptions mining{};
    const std::string& name() const { return kept.name; }
};

using Work = Result<int> (*)(Store&, const Options&);

Command make(CLI::App& parent, const char* name, const char* what, const char* example, Missing missing, Work work,
             const std::function<void(CLI::App&, Options&)>& arguments) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(name, what);
    arguments(*app, *options);
    add_store_options(*app, options->store);
    app->footer(std::string("Example:\n  ") + example);
    return {app, [options = std::move(options), missing, work] {
                auto store = open_store(options->store, missing);
                if (!store) return report(store.error());
                const Result<int> code = work(*store, *options);
                return code ? *code : report(code.error());
            }};
}

void name_of_archive(CLI::App& app, Options& options) {
    app.add_option("name", options.kept.name, "The archive")->required();
}

Result<int> create(Store& store, const Options& given) {
    gallery::NewGallery kept = given.kept;
    if (given.basis.empty())
        std::cerr << "mien: without --purpose and --basis this is an archive for tests: what it holds expires after "
                     "30 days\n";
    else {
        MIEN_LET(basis, gallery::basis_from(given.basis));
        kept.basis = basis;
    }
    if (kept.basis != gallery::Basis::Test && kept.purpose == "test")
        return Error{Fault::BadInput, "say with --purpose what the archive is for"};
    if (!given.keep.empty()) {
        MIEN_LET(keep, gallery::days_from(given.keep));
        kept.keep = keep;
    }
    kept.keep_crops = !given.no_crops;
    const archive::Mining mining = given.allow_mining ? archive::Mining::Allowed : archive::Mining::Forbidden;
    MIEN_LET(made, Archive::create(store, given.store.folder, kept, mining, given.store.actor()));
    if (given.store.json)
        print_json({{"archive", made.name()}, {"keep_days", kept.keep.count()}, {"mining", given.allow_mining}});
    else
        std::cout << made.name() << ": kept " << kept.keep.count() << " days; fill it with mien watch --archive\n";
    return done;
}

Result<Json> told(Store& store, const Options& options, const std::string& name) {
    MIEN_LET(archive, Archive::open(store, options.store.folder, name));
    MIEN_LET(info, store.gallery(name));
    MIEN_LET(recordings, archive.recordings());
    Json all = Json::array();
    for (const archive::Recording& one : recordings) all.push_back(json_of(one));
    return Json{{"archive", name},
                {"purpose", info.purpose},
                {"basis", gallery::name_of(info.basis)},
                {"keep_days", info.keep.count()},
                {"keep_crops", info.keep_crops},
                {"mining", archive.mining() == archive::Mining::Allowed},
                {"sightings", info.unknowns + info.subjects},
                {"templates", info.templates},
                {"recordings", all}};
}

void print(const Json& archive) {
    std::cout << archive["archive"].get<std::string>() << ": " << archive["sightings"] << " sightings of "
              << archive["recordings"].size() << " recordings; purpose " << archive["purpose"].get<std::string>()
              << ", kept " << archive["keep_days"] << " days\n";
    for (const Json& one : archive["recordings"])
        std::cout << "  " << one["camera"].get<std::string>() << "  " << one["started"].get<std::string>() << "  "
                  << one["video"].get<std::string>() << (one["finished"].get<bool>() ? "" : "  (not finished)") << '\n';
}

Result<int> list(Store& store, const Options& options) {
    MIEN_LET(names, Archive::names(options.store.folder));
    Json all = Json::array();
    for (const std::string& name : names) {
        MIEN_LET(one, told(store, options, name));
        if (!options.store.json) print(one);
        all.push_back(std::move(one));
    }
    if (options.store.json) print_json({{"archives", all}});
    if (names.empty() && !options.store.json) std::cout << "no archive yet: mien archive create NAME\n";
    return done;
}

Result<int> show(Store& store, const Options& options) {
    MIEN_LET(one, told(store, options, options.name()));
    if (options.store.json)
        print_json(one);
    else
        print(one);
    return done;
}

Result<int> sightings(Store& store, const Options& options) {
    MIEN_LET(archive, Archive::open(store, options.store.folder, options.name()));
    Json all = Json::array();
    constexpr std::size_t page = 1000;
    std::int64_t after = 0;
    while (true) {
        MIEN_LET(some, archive.sightings(after, page));
        for (const archive::KeptSighting& one : some) {
            after = one.id;
            if (!options.camera.empty() && one.camera != options.camera) continue;
            if (options.store.json)
                all.push_back(json_of(one));
            else
                std::cout << one.id << "  " << said(one) << '\n';
        }
        if (some.size() < page) break;
    }
    if (options.store.json) print_json({{"archive", options.name()}, {"sightings", all}});
    return done;
}

Result<int> events(Store& store, const Options& options) {
    MIEN_LET(archive, Archive::open(store, options.store.folder, options.name()));
    MIEN_LET(recordings, archive.recordings());
    MIEN_LET(happened, archive.events());
    Json all = Json::array();
    if (!options.store.json) std::cout << "time,camera,video,second,kind,details\n";
    for (const Archive::At& one : happened) {
        const auto recording = std::ranges::find(recordings, one.recording, &archive::Recording::id);
        if (recording == recordings.end()) continue;
        const std::string time = gallery::to_text(recording->said.started + one.event.at);
        if (options.store.json) {
            all.push_back({{"time", time},
                           {"camera", recording->said.camera},
                           {"video", recording->said.video},
                           {"second", seconds(one.event.at)},
                           {"kind", one.event.kind},
                           {"details", Json::parse(one.event.body, nullptr, false)}});
            continue;
        }
        std::cout << time << ',' << csv_field(recording->said.camera) << ',' << csv_field(recording->said.video) << ','
                  << seconds(one.event.at) << ',' << csv_field(one.event.kind) << ',' << csv_field(one.event.body)
                  << '\n';
    }
    if (options.store.json) print_json({{"archive", options.name()}, {"events", all}});
    return done;
}

Result<int> forget(Store& store, const Options& options) {
    MIEN_LET(archive, Archive::open(store, options.store.folder, options.name()));
    MIEN_LET(home, store.gallery_of(options.sighting));
    if (home != options.name())
        return Error{Fault::NotFound,
                     "archive '" + options.name() + "' has no sighting " + std::to_string(options.sighting)};
    MIEN_LET(subject, store.subject(options.sighting));
    MIEN_LET(proof, store.forget(options.name(), subject.name, options.store.actor()));
    print_json(json_of(proof));
    return done;
}

Result<int> shot(Store& store, const Options& options) {
    MIEN_LET(archive, Archive::open(store, options.store.folder, options.name()));
    MIEN_LET(home, store.gallery_of(options.sighting));
    if (home != options.name())
        return Error{Fault::NotFound,
                     "archive '" + options.name() + "' has no sighting " + std::to_string(options.sighting)};
    MIEN_LET(sighting, archive.sighting(options.sighting));
    if (sighting.shots.empty())
        return Error{Fault::NotFound, "sighting " + std::to_string(options.sighting) + " has no picture"};
    MIEN_LET(bytes, archive.shot(sighting.shots.front()));
    MIEN_TRY(write_file(options.file, bytes));
    const std::vector<gallery::AuditEntry> entries{{.action = "show sighting",
                                                    .gallery = options.name(),
                                                    .subject_reference = sighting.reference,
                                                    .outcome = "its picture was written to a file",
                                                    .actor = options.store.actor()}};
    MIEN_TRY(store.note(entries));
    if (options.store.json)
        print_json({{"sighting", options.sighting}, {"file", options.file}});
    else
        std::cout << options.file << '\n';
    return done;
}

Result<int> remove(Store& store, const Options& options) {
    MIEN_LET(archive, Archive::open(store, options.store.folder, options.name()));
    MIEN_TRY(confirmed(options.yes, "This destroys archive '" + options.name() + "' and every sighting in it."));
    MIEN_TRY(std::move(archive).remove(options.store.actor()));
    if (options.store.json)
        print_json({{"deleted", options.name()}});
    else
        std::cout << options.name() << " is deleted\n";
    return done;
}

Result<Json> findings(const Options& options, const archive::People& people) {
    const auto number = [](double value) { return Json(rounded(value)); };
    Json all = Json::array();
    const auto of = [&](std::int64_t person) {
        return Json{{"person", person}, {"sightings", people.sightings.at(person)}};
    };
    if (options.kind == "companions") {
        for (const archive::Companions& one : archive::companions(people.visits, options.mining))
            all.push_back({{"people", {of(one.a), of(one.b)}},
                           {"days", one.days},
                           {"expected_days", number(one.expected)},
                           {"p", one.p},
                           {"q", one.q}});
    } else {
        for (const archive::Regular& one : archive::regulars(people.visits, options.mining))
            all.push_back({{"people", {of(one.person)}},
                           {"days", one.days},
                           {"expected_days", number(one.expected)},
                           {"p", one.p},
                           {"q", one.q}});
    }
    return all;
}

Result<int> mine(Store& store, const Options& options) {
    MIEN_LET(archive, Archive::open(store, options.store.folder, options.name()));
    if (archive.mining() == archive::Mining::Forbidden)
        return Error{Fault::BadInput, "archive '" + options.name() +
                                          "' was made without --allow-mining: looking for companions and regulars in "
                                          "it is not allowed"};
    if (options.store.why.empty())
        return Error{Fault::BadInput,
                     "say with --why under which authorisation this is done; it is written to the "
                     "audit record"};
    MIEN_LET(makers, store.makers(options.name()));
    const auto maker = std::ranges::find_if(
        makers, [&](const Maker& one) { return options.maker.empty() || one.model == options.maker; });
    if (maker == makers.end())
        return Error{Fault::NotFound, "archive '" + options.name() + "' has no templates" +
                                          (options.maker.empty() ? "" : " by " + options.maker)};
    const std::vector<gallery::AuditEntry> entries{{.action = "mine " + options.kind,
                                                    .gallery = options.name(),
                                                    .maker = maker->model + ' ' + maker->version,
                                                    .threshold = options.alike,
                                                    .outcome = "started",
                                                    .actor = options.store.actor()}};
    MIEN_TRY(store.note(entries));
    MIEN_LET(people, archive::people_of(archive, *maker, options.alike));
    MIEN_LET(found, findings(options, people));
    if (options.store.json) {
        print_json({{"archive", options.name()},
                    {"kind", options.kind},
                    {"maker", maker->model},
                    {"alike", rounded(static_cast<double>(options.alike))},
                    {"people", people.people},
                    {"visits", people.visits.size()},
                    {"findings", found}});
        return found.empty() ? negative : done;
    }
    std::cout << people.visits.size() << " sightings of " << people.people << " people; " << found.size()
              << " findings with a share of false ones of at most " << options.mining.most_q << " to expect\n";
    for (const Json& one : found) {
        for (const Json& person : one["people"]) {
            std::cout << "  person " << person["person"] << " (sightings";
            for (const Json& sighting : person["sightings"]) std::cout << ' ' << sighting;
            std::cout << ")\n";
        }
        std::cout << "    " << one["days"] << " days, " << one["expected_days"] << " expected, p " << one["p"] << ", q "
                  << one["q"] << '\n';
    }
    return found.empty() ? negative : done;
}

void creation(CLI::App& app, Options& options) {
    name_of_archive(app, options);
    app.add_option("--purpose", options.kept.purpose, "What it is for, in a sentence");
    app.add_option("--basis", options.basis, "Why it may be kept: contract, law or test");
    app.add_option("--expires", options.keep, "How long a sighting is kept after it was indexed: P7D, P30D");
    app.add_flag("--no-crops", options.no_crops, "Keep templates only, no pictures");
    app.add_flag("--allow-mining", options.allow_mining,
                 "Allow looking for people who belong together or come back often (mien archive mine)");
}

void mining(CLI::App& app, Options& options) {
    name_of_archive(app, options);
    app.add_option("kind", options.kind, "companions or regulars")
        ->required()
        ->check(CLI::IsMember({"companions", "regulars"}));
    app.add_option("--alike", options.alike, "Similarity from which on two sightings are one person, 0..1")
        ->required()
        ->check(CLI::Range(0.0F, 1.0F));
    app.add_option("--model", options.maker, "By the templates of which model; default: the archive's first");
    app.add_option("--q", options.mining.most_q, "Share of false findings accepted")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--least-days", options.mining.least_days, "Fewest days of a finding")
        ->capture_default_str()
        ->check(CLI::Range(2, 366));
}

}  // namespace

Command make_archive_command(CLI::App& parent) {
    CLI::App* app = parent.add_subcommand("archive", "What was seen in video: sightings of people, kept and searched");
    app->require_subcommand(1);
    const auto only_name = [](CLI::App& sub, Options& options) { name_of_archive(sub, options); };
    auto commands = std::make_shared<std::vector<
        Command>>(std::vector{make(*app, "create", "Make an archive",
                                   "mien archive create shop --purpose \"visits\" --basis contract --expires P7D",
                                   Missing::Make, create, creation),
                              make(*app, "list", "List the archives", "mien archive list --json", Missing::Fail, list,
                                   [](CLI::App&, Options&) {}),
                              make(*app, "show", "What an archive holds", "mien archive show shop", Missing::Fail, show,
                                   only_name),
                              make(*app, "sightings", "List sightings: who was where, and when, without names",
                                   "mien archive sightings shop --camera door", Missing::Fail, sightings,
                                   [](CLI::App& sub, Options& options) {
                                       name_of_archive(sub, options);
                                       sub.add_option("--camera", options.camera, "Only of this camera");
                                   }),
                              make(*app, "events", "What happened: lines crossed, zones entered; as CSV",
                                   "mien archive events shop > events.csv", Missing::Fail, events, only_name),
                              make(*app, "shot", "Write a sighting's best picture to a file", "mien archive shot shop 17 person.jpg",
             Missing::Fail, shot,
             [](CLI::App& sub, Options& options) {
                 name_of_archive(sub, options);
                 sub.add_option("sighting", options.sighting, "Its number")->required();
                 sub.add_option("file", options.file, "A JPEG, written anew")->required();
             }),
        make(
                                  *app, "forget", "Erase one sighting and print the proof",
                                  "mien archive forget shop 17 --why \"request\"", Missing::Fail, forget,
                                  [](CLI::App& sub, Options& options) {
                                      name_of_archive(sub, options);
                                      sub.add_option("sighting", options.sighting, "Its number")->required();
                                  }),
                              make(
                                  *app, "delete", "Destroy an archive and everything in it",
                                  "mien archive delete shop --yes", Missing::Fail, remove,
                                  [](CLI::App& sub, Options& options) {
                                      name_of_archive(sub, options);
                                      sub.add_flag("--yes", options.yes, "Do it without asking");
                                  }),
                              make(*app, "mine",
                                   "Look for people who belong together or come back often; only where the archive "
                                   "allows it, and with --why",
                                   "mien archive mine shop companions --alike 0.96 --why \"court order 12/26\"",
                                   Missing::Fail, mine, mining)});
    return {app, [commands] {
                for (const Command& command : *commands)
                    if (command.app->parsed()) return command.run();
                return bad_input;
            }};
}

}  // namespace mien::cli
