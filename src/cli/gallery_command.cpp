#include <filesystem>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/gallery_commands.h"
#include "cli/store.h"
#include "gallery/names.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;
using gallery::Store;
using Missing = gallery::StoreOptions::Missing;

// A subcommand whose work is a function of the open store.
template <class Work>
std::function<int()> on_store(std::shared_ptr<StoreChoice> choice, Missing missing, Work work) {
    return [choice = std::move(choice), missing, work = std::move(work)] {
        auto store = open_store(*choice, missing);
        if (!store) return report(store.error());
        const Result<int> code = work(*store, *choice);
        return code ? *code : report(code.error());
    };
}

std::string period_of(const gallery::GalleryInfo& info) {
    return std::to_string(info.keep.count()) + " days";
}

void print(const gallery::GalleryInfo& info) {
    std::cout << info.name << ": " << info.subjects << " subjects, " << info.unknowns << " unknown, " << info.samples
              << " samples, " << info.templates << " templates; purpose " << info.purpose << ", basis "
              << gallery::name_of(info.basis) << ", kept " << period_of(info) << " after the last meeting\n";
}

Command make_create(CLI::App& parent) {
    struct Options {
        gallery::NewGallery gallery{};
        std::string purpose{}, basis{}, expires{};
        bool keep_crops = false;
    };
    auto options = std::make_shared<Options>();
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("create", "Make a gallery: people kept for one purpose");
    app->add_option("name", options->gallery.name, "Its name")->required();
    app->add_option("--purpose", options->purpose, "What it is for, in a sentence");
    app->add_option("--basis", options->basis, "Why it may be kept: consent, contract, law or test");
    app->add_option("--expires", options->expires, "How long a subject is kept after its last meeting: P90D, P6M, P3Y");
    app->add_flag("--keep-crops", options->keep_crops,
                  "Keep sealed crops of samples, so that a later model needs no new enrolment");
    add_store_options(*app, *choice);
    app->footer(
        "Examples:\n  mien gallery create staff --purpose \"door to the workshop\" --basis contract --expires P1Y\n  "
        "mien gallery create trial");
    return {app, [options, choice] {
                const auto create = [&]() -> Result<int> {
                    gallery::NewGallery& wanted = options->gallery;
                    wanted.keep_crops = options->keep_crops;
                    const bool bare = options->purpose.empty() && options->basis.empty() && options->expires.empty();
                    // All that can be refused is refused before there is a store.
                    MIEN_TRY(gallery::check_gallery_name(wanted.name));
                    if (!options->purpose.empty()) wanted.purpose = options->purpose;
                    if (!options->basis.empty()) {
                        MIEN_LET(basis, gallery::basis_from(options->basis));
                        wanted.basis = basis;
                    }
                    if (wanted.basis != gallery::Basis::Test && options->purpose.empty())
                        return Error{Fault::BadInput, "say with --purpose what the gallery is for"};
                    if (!options->expires.empty()) {
                        MIEN_LET(keep, gallery::days_from(options->expires));
                        wanted.keep = keep;
                    }
                    MIEN_LET(store, open_store(*choice, Missing::Make));
                    MIEN_LET(info, store.create(wanted, choice->actor()));
                    if (bare)
                        std::cerr << "mien: without --purpose and --basis this is a gallery for tests: what it holds "
                                     "expires after 30 days\n";
                    if (choice->json)
                        print_json(json_of(info));
                    else
                        print(info);
                    return done;
                };
                const auto code = create();
                return code ? *code : report(code.error());
            }};
}

Command make_list(CLI::App& parent) {
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("list", "List the galleries");
    add_store_options(*app, *choice);
    return {app, on_store(choice, Missing::Fail, [](Store& store, const StoreChoice& c) -> Result<int> {
                MIEN_LET(all, store.galleries());
                if (c.json) {
                    Json json = Json::array();
                    for (const auto& info : all) json.push_back(json_of(info));
                    print_json({{"galleries", json}});
                    return done;
                }
                if (all.empty()) std::cout << "no galleries yet: make one with mien gallery create NAME\n";
                for (const auto& info : all) print(info);
                return done;
            })};
}

Command make_show(CLI::App& parent) {
    struct Options {
        std::string gallery{}, subject{};
        std::size_t most = 100;
    };
    auto options = std::make_shared<Options>();
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("show", "Show a gallery and its subjects, or one subject");
    app->add_option("gallery", options->gallery, "Its name")->required();
    app->add_option("subject", options->subject, "Only this subject");
    app->add_option("--most", options->most, "Subjects shown")->capture_default_str();
    add_store_options(*app, *choice);
    return {app, on_store(choice, Missing::Fail, [options](Store& store, const StoreChoice& c) -> Result<int> {
                MIEN_LET(info, store.gallery(options->gallery));
                std::vector<gallery::SubjectInfo> subjects;
                if (options->subject.empty()) {
                    MIEN_LET(page, store.subjects(options->gallery, 0, options->most));
                    subjects = std::move(page);
                } else {
                    MIEN_LET(one, store.subject(options->gallery, options->subject));
                    subjects.push_back(std::move(one));
                }
                if (c.json) {
                    Json json = json_of(info);
                    json["people"] = Json::array();
                    for (const auto& subject : subjects) json["people"].push_back(json_of(subject));
                    print_json(json);
                    return done;
                }
                print(info);
                for (const auto& subject : subjects)
                    std::cout << "  " << subject.name
                              << (subject.kind == gallery::SubjectKind::Unknown ? " (unknown)" : "") << ": "
                              << subject.samples.size() << " samples, until "
                              << gallery::to_text(subject.expires).substr(0, 10)
                              << (subject.merged_into ? ", merged" : "")
                              << (subject.metadata.empty() ? "" : "  " + subject.metadata) << '\n';
                if (!options->subject.empty())
                    for (const gallery::SampleInfo& sample : subjects.front().samples)
                        std::cout << "    sample " << sample.id << ", "
                                  << gallery::to_text(sample.created).substr(0, 10) << ": " << sample.source << '\n';
                return done;
            })};
}

Command make_delete(CLI::App& parent) {
    auto name = std::make_shared<std::string>();
    auto yes = std::make_shared<bool>(false);
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("delete", "Erase a gallery, everybody in it and their keys");
    app->add_option("gallery", *name, "Its name")->required();
    app->add_flag("--yes", *yes, "Don't ask");
    add_store_options(*app, *choice);
    return {app, on_store(choice, Missing::Fail, [name, yes](Store& store, const StoreChoice& c) -> Result<int> {
                MIEN_LET(info, store.gallery(*name));
                MIEN_TRY(confirmed(*yes, "Erase gallery '" + *name + "' with " +
                                             std::to_string(info.subjects + info.unknowns) +
                                             " subjects for good, in backups, too?"));
                MIEN_TRY(store.remove(*name, c.actor()));
                if (c.json)
                    print_json({{"erased", json_of(info)}});
                else
                    std::cout << "erased gallery " << *name << '\n';
                return done;
            })};
}

Command make_check(CLI::App& parent) {
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("check", "Read everything back: pages, sealed records, audit chain");
    add_store_options(*app, *choice);
    return {app, on_store(choice, Missing::Fail, [](Store& store, const StoreChoice& c) -> Result<int> {
                Json said = Json::array();
                MIEN_TRY(store.check([&](const std::string& line) {
                    said.push_back(line);
                    if (!c.json) std::cout << line << '\n';
                }));
                if (c.json) print_json({{"whole", true}, {"checked", said}});
                return done;
            })};
}

Command make_backup(CLI::App& parent) {
    auto folder = std::make_shared<std::string>();
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("backup", "Copy the store while it runs");
    app->add_option("folder", *folder, "Where to: the data get a name with the time, the keys replace the copy before")
        ->required();
    add_store_options(*app, *choice);
    app->footer(
        "The copy of the keys is written again by every erasure, so that older backups forget, too; keep it where this "
        "machine\n"
        "reaches it, and the master key somewhere else.\n\nExample:\n  mien gallery backup /mnt/backup/mien");
    return {app, on_store(choice, Missing::Fail, [folder](Store& store, const StoreChoice& c) -> Result<int> {
                MIEN_LET(file, store.backup(*folder, c.actor()));
                if (c.json)
                    print_json({{"data", file.string()}, {"keys", (file.parent_path() / "keys.db").string()}});
                else
                    std::cout << "wrote " << file.string() << " and keys.db beside it\n";
                return done;
            })};
}

// Both files, for their owner alone.
Status copy_backup(const fs::path& data, const fs::path& keys, const fs::path& target) {
    std::error_code wrong;
    for (const auto& [from, name] : {std::pair(data, "mien.db"), std::pair(keys, "keys.db")}) {
        fs::copy_file(from, target / name, wrong);
        if (!wrong) fs::permissions(target / name, fs::perms::owner_read | fs::perms::owner_write, wrong);
        if (wrong) return Error{Fault::Unavailable, "the backup can't be copied: " + wrong.message()};
    }
    fs::remove(target / "acknowledged", wrong);  // of a store that was there before
    return {};
}

Command make_restore(CLI::App& parent) {
    auto file = std::make_shared<std::string>();
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("restore", "Make a store of a backup, in an empty folder");
    app->add_option("backup", *file, "The backup's mien-….db; keys.db must lie beside it")->required();
    add_store_options(*app, *choice);
    app->footer(
        "Who was forgotten after the backup was made is in it no more: its key is destroyed.\n\nExample:\n"
        "  mien gallery restore /mnt/backup/mien/mien-2026-11-25T030142.123Z.db --data restored");
    return {
        app, [file, choice] {
            const auto restore = [&]() -> Result<int> {
                const fs::path target = choice->folder;
                const fs::path keys = fs::path(*file).parent_path() / "keys.db";
                std::error_code wrong;
                if (fs::exists(target / "mien.db", wrong) || fs::exists(target / "keys.db", wrong))
                    return Error{Fault::Conflict,
                                 target.string() + " holds a store already: restore into another folder with --data"};
                for (const fs::path& needed : {fs::path(*file), keys})
                    if (!fs::is_regular_file(needed, wrong))
                        return Error{Fault::NotFound, needed.string() + " is missing"};
                MIEN_TRY(make_folder(target));
                MIEN_TRY(copy_backup(*file, keys, target));
                auto opened = open_store(*choice, Missing::Fail);
                if (!opened) {  // without its key, say: the same command must work once that is there
                    for (const char* made : {"mien.db", "mien.db-wal", "mien.db-shm", "keys.db", "keys.db-wal",
                                             "keys.db-shm", "acknowledged"})
                        fs::remove(target / made, wrong);
                    return opened.error();
                }
                Store& store = *opened;
                MIEN_LET(forgotten, store.drop_forgotten(choice->actor()));
                if (forgotten > 0)
                    std::cerr << "mien: " << forgotten << " subjects were forgotten since this backup and stay so\n";
                MIEN_TRY(store.check([](const std::string& line) { std::cerr << line << '\n'; }));
                MIEN_LET(all, store.galleries());
                if (choice->json)
                    print_json({{"restored", target.string()}, {"galleries", all.size()}});
                else
                    std::cout << "restored " << all.size() << " galleries to " << target.string() << '\n';
                return done;
            };
            const auto code = restore();
            return code ? *code : report(code.error());
        }};
}

Command make_rotate(CLI::App& parent) {
    struct Options {
        std::string gallery{}, file{};
    };
    auto options = std::make_shared<Options>();
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("rotate-key", "Change a gallery's key, or the master key");
    app->add_option("gallery", options->gallery, "The gallery; none: the master key");
    app->add_option("--new-key-file", options->file,
                    "Where the new master key is written: a file that does not exist yet");
    add_store_options(*app, *choice);
    app->footer(
        "Examples:\n  mien gallery rotate-key staff\n  mien gallery rotate-key --new-key-file "
        "/etc/mien/master-2027.key");
    return {app, on_store(choice, Missing::Fail, [options](Store& store, const StoreChoice& c) -> Result<int> {
                if (!options->gallery.empty()) {
                    MIEN_TRY(store.rotate_gallery_key(options->gallery, c.actor()));
                    if (!c.json) std::cout << "gallery " << options->gallery << " has a new key\n";
                } else {
                    if (options->file.empty())
                        return Error{Fault::BadInput, "say with --new-key-file where the new master key goes"};
                    const gallery::Key fresh = gallery::Key::random();
                    MIEN_TRY(gallery::write_master_key(options->file, fresh));
                    MIEN_TRY(store.rotate_master_key(fresh));
                    if (!c.json)
                        std::cout << "the store opens with " << options->file
                                  << " from now on: set MIEN_MASTER_KEY_FILE, and destroy the old key\n";
                }
                if (c.json) print_json({{"rotated", options->gallery.empty() ? "master key" : options->gallery}});
                return done;
            })};
}

Command make_forget(CLI::App& parent) {
    struct Options {
        std::string gallery{}, subject{};
        bool thorough = false;
    };
    auto options = std::make_shared<Options>();
    auto choice = std::make_shared<StoreChoice>();
    CLI::App* app = parent.add_subcommand("forget", "Erase a subject and print the proof");
    app->add_option("gallery", options->gallery, "The gallery")->required();
    app->add_option("subject", options->subject, "Who")->required();
    app->add_flag("--thorough", options->thorough,
                  "Search the bytes of all files for what was destroyed, not only keys and write-ahead logs");
    add_store_options(*app, *choice);
    app->footer(
        "The proof names the audit record; whoever has the audit key can check it (mien audit verify).\n\nExample:\n  "
        "mien forget staff \"Anna Example\" --why \"request of 2026-11-25\"");
    return {app, on_store(choice, Missing::Fail, [options](Store& store, const StoreChoice& c) -> Result<int> {
                MIEN_LET(proof,
                         store.forget(options->gallery, options->subject, c.actor(),
                                      options->thorough ? gallery::ScanFor::Everything : gallery::ScanFor::KeysOnly));
                if (c.json) {
                    print_json(json_of(proof));
                    return done;
                }
                std::cout << "erased: " << proof.samples << " samples, " << proof.templates << " templates, "
                          << proof.crops << " crops\n  subject " << proof.subject_reference << "\n  destroyed key "
                          << proof.key_digest << "\n  audit record " << proof.audit_record << ", " << proof.audit_hash
                          << '\n';
                for (const std::string& path : proof.unreached)
                    std::cout << "  NOT REACHED: the key copy " << path
                              << " still holds the key; delete it, or attach it and make a backup\n";
                return done;
            })};
}

}  // namespace

Command make_gallery_command(CLI::App& parent) {
    CLI::App* app = parent.add_subcommand("gallery", "Make, show and look after galleries of people");
    app->require_subcommand(1);
    auto below = std::make_shared<std::vector<Command>>();
    for (const auto make : {make_create, make_list, make_show, make_delete, make_check, make_backup, make_restore,
                            make_rotate, make_retention_command})
        below->push_back(make(*app));
    for (Command& command : make_people_commands(*app)) below->push_back(std::move(command));
    for (Command& command : make_exchange_commands(*app)) below->push_back(std::move(command));
    below->push_back(make_upgrade_command(*app));
    below->push_back(make_observe_command(*app));
    return {app, [below] {
                for (const Command& command : *below)
                    if (command.app->parsed()) return command.run();
                return bad_input;
            }};
}

Command make_forget_command(CLI::App& parent) {
    return make_forget(parent);
}

}  // namespace mien::cli
