#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "base/file.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/gallery_commands.h"
#include "cli/progress_bar.h"
#include "cli/store.h"
#include "gallery/exchange/exchange.h"
#include "gallery/exchange/sealed_file.h"
#include "gallery/keys/master.h"
#include "gallery/names.h"

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
        std::string passphrase(trim({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
        gallery::wipe(bytes);
        return passphrase;
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
    MIEN_LET(file, FileWriter::open(o.file, FileWriter::Readers::OwnerOnly));
    std::optional<gallery::SealingWriter> sealing;
    if (o.plain) {
        std::cerr << "mien: " << o.file << " holds names and templates for everybody to read who gets at it\n";
    } else {
        MIEN_LET(made, gallery::SealingWriter::make(passphrase, [&file](ByteView part) { return file.write(part); }));
        sealing.emplace(std::move(made));
        gallery::wipe({reinterpret_cast<std::uint8_t*>(passphrase.data()), passphrase.size()});
    }
    ProgressBar bar(ProgressBar::Unit::Items);
    const auto write = [&](std::string_view line) -> Status {
        MIEN_TRY(go_on());
        return sealing ? sealing->write(line) : file.write(as_bytes(line));
    };
    MIEN_LET(exported, gallery::export_gallery(store, o.gallery, o.store.actor(), write, [&](std::size_t done_now) {
                 bar.show("exporting", static_cast<double>(done_now),
                          static_cast<double>(info.subjects + info.unknowns));
             }));
    if (sealing) MIEN_TRY(sealing->finish());
    MIEN_TRY(file.commit());
    if (o.store.json)
        print_json({{"gallery", o.gallery},
                    {"file", o.file},
                    {"sealed", !o.plain},
                    {"subjects", exported.subjects},
                    {"merges", exported.merges},
                    {"operating_points", exported.operating_points}});
    else
        std::cout << "wrote gallery " << o.gallery << " to " << o.file << (o.plain ? "" : ", sealed") << '\n';
    return done;
}

// The lines of an export, sealed or plain, as often as they are asked for.
class ExportFile {
public:
    static Result<ExportFile> open(const Options& o) {
        std::array<std::uint8_t, gallery::UnsealingReader::magic_size> start{};
        std::ifstream in(o.file, std::ios::binary);
        in.read(reinterpret_cast<char*>(start.data()), start.size());
        ExportFile file(o.file);
        if (!in || !gallery::UnsealingReader::is_sealed(start)) return file;  // read_in_parts tells what is wrong
        MIEN_LET(passphrase, passphrase_of(o));
        MIEN_LET(reader, gallery::UnsealingReader::make(passphrase));
        gallery::wipe({reinterpret_cast<std::uint8_t*>(passphrase.data()), passphrase.size()});
        file.sealed_.emplace(std::move(reader));
        return file;
    }

    Status each_line(const std::function<Status(std::string_view)>& take) {
        gallery::LineCutter cutter;
        const auto cut = [&](ByteView part) {
            return cutter.add({reinterpret_cast<const char*>(part.data()), part.size()}, take);
        };
        if (sealed_) sealed_->rewind();
        const auto use = [&](ByteView part) -> Status {
            MIEN_TRY(go_on());
            return sealed_ ? sealed_->add(part, cut) : cut(part);
        };
        MIEN_TRY(read_in_parts(file_, use));
        if (sealed_) MIEN_TRY(sealed_->finish());
        return cutter.finish();
    }

private:
    explicit ExportFile(std::string file) : file_(std::move(file)) {}
    std::string file_;
    std::optional<gallery::UnsealingReader> sealed_{};
};

Result<int> import_from_file(const Options& o) {
    gallery::forbid_core_dumps();
    if (!o.name.empty()) MIEN_TRY(gallery::check_gallery_name(o.name));
    MIEN_LET(file, ExportFile::open(o));
    const gallery::EachLine lines = [&file](const std::function<Status(std::string_view)>& take) {
        return file.each_line(take);
    };
    MIEN_LET(checked, gallery::check_export(lines));
    MIEN_TRY(gallery::check_gallery_name(o.name.empty() ? checked.gallery.name : o.name));
    MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Make));
    MIEN_LET(imported, gallery::import_gallery(store, checked, lines, o.name, o.store.actor()));
    if (o.store.json)
        print_json({{"gallery", imported.gallery},
                    {"subjects", imported.subjects},
                    {"samples", imported.samples},
                    {"expired", imported.expired},
                    {"merges", imported.merges},
                    {"rejections", imported.rejections},
                    {"operating_points", imported.operating_points}});
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
