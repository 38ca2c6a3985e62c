#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/gallery_commands.h"
#include "cli/progress_bar.h"
#include "cli/store.h"
#include "gallery/exchange/exchange.h"
#include "gallery/exchange/sealed_file.h"

namespace mien::cli {
namespace {

using gallery::Store;

struct Options {
    StoreChoice store{};
    std::string gallery{};
    std::string file{};
    std::string name{};
    std::string passphrase_file{};
    bool plain = false;
};

// The passphrase is never an argument: those are seen by other users of the machine.
Result<std::string> passphrase_of(const Options& o) {
    if (!o.passphrase_file.empty()) {
        MIEN_LET(bytes, read_file(o.passphrase_file, 4096));
        return std::string(trim({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
    if (const char* set = std::getenv("MIEN_PASSPHRASE")) return std::string(set);
    return Error{Fault::BadInput, "a passphrase is needed: --passphrase-file FILE, or the variable MIEN_PASSPHRASE"};
}

Result<int> export_to_file(const Options& o) {
    std::string passphrase;
    if (!o.plain) {
        MIEN_LET(given, passphrase_of(o));
        passphrase = std::move(given);
    }
    MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Fail));
    MIEN_LET(info, store.gallery(o.gallery));
    ProgressBar bar(ProgressBar::Unit::Items);
    MIEN_LET(text, gallery::export_gallery(store, o.gallery, o.store.actor(), [&](std::size_t done_now) {
                 bar.show("exporting", static_cast<double>(done_now),
                          static_cast<double>(info.subjects + info.unknowns));
             }));
    if (o.plain) {
        std::cerr << "mien: " << o.file << " holds names and templates for everybody to read\n";
        MIEN_TRY(write_file(o.file, text));
    } else {
        MIEN_LET(sealed, gallery::seal_with_passphrase(text, passphrase));
        MIEN_TRY(write_file(o.file, sealed));
    }
    std::filesystem::permissions(o.file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    if (o.store.json)
        print_json({{"gallery", o.gallery}, {"file", o.file}, {"sealed", !o.plain}});
    else
        std::cout << "wrote gallery " << o.gallery << " to " << o.file << (o.plain ? "" : ", sealed") << '\n';
    return done;
}

Result<int> import_from_file(const Options& o) {
    MIEN_LET(bytes, read_file(o.file, std::uint64_t{1} << 36));
    std::string text;
    if (gallery::is_sealed_file(bytes)) {
        MIEN_LET(passphrase, passphrase_of(o));
        MIEN_LET(opened, gallery::open_with_passphrase(bytes, passphrase));
        text = std::move(opened);
    } else {
        text.assign(bytes.begin(), bytes.end());
    }
    MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Make));
    MIEN_LET(imported, gallery::import_gallery(store, text, o.name, o.store.actor()));
    if (o.store.json)
        print_json({{"gallery", imported.gallery},
                    {"subjects", imported.subjects},
                    {"samples", imported.samples},
                    {"expired", imported.expired}});
    else
        std::cout << "gallery " << imported.gallery << ": " << imported.subjects << " subjects with "
                  << imported.samples << " samples"
                  << (imported.expired > 0 ? "; left out " + std::to_string(imported.expired) + " whose time is over"
                                           : "")
                  << '\n';
    return done;
}

Command make(CLI::App& parent, const char* name, const char* what, Result<int> (*work)(const Options&),
             const std::function<void(CLI::App&, Options&)>& arguments) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(name, what);
    arguments(*app, *options);
    app->add_option("--passphrase-file", options->passphrase_file,
                    "A file with the passphrase; else the variable MIEN_PASSPHRASE");
    add_store_options(*app, options->store);
    return {app, [options, work] {
                const auto code = work(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace

std::vector<Command> make_exchange_commands(CLI::App& parent) {
    std::vector<Command> commands;
    commands.push_back(make(parent, "export", "Write a gallery to a sealed file (format: contracts/gallery-export.md)",
                            export_to_file, [](CLI::App& app, Options& o) {
                                app.add_option("gallery", o.gallery, "The gallery")->required();
                                app.add_option("file", o.file, "Where to")->required();
                                app.add_flag("--plain", o.plain, "Do not seal it");
                                app.footer(
                                    "Example:\n  mien gallery export staff staff.mien --passphrase-file pass.txt");
                            }));
    commands.push_back(
        make(parent, "import", "Make a gallery of an exported file", import_from_file, [](CLI::App& app, Options& o) {
            app.add_option("file", o.file, "The file")->required();
            app.add_option("--name", o.name, "Another name for the gallery");
            app.footer(
                "Whose time is over is left out; nobody is kept longer than before.\n\nExample:\n  mien gallery import "
                "staff.mien --passphrase-file pass.txt");
        }));
    return commands;
}

}  // namespace mien::cli
