#include <fstream>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/store.h"

namespace mien::cli {
namespace {

using gallery::AuditRecord;
using gallery::ChainCheck;
using gallery::CheckSignatures;
using gallery::Store;

struct Options {
    StoreChoice store{};
    std::string file{};
    std::string key{};
    std::string head{};
    std::int64_t from = 1;
    std::size_t most = 50;
    bool last_only = false;
};

// The first line of an export.
std::string first_line(const gallery::PublicKey& key) {
    return Json{{"mien_audit", 1}, {"public_key", gallery::to_hex(key)}}.dump();
}

Json head_of(const AuditRecord& record, const gallery::PublicKey& key) {
    return {{"number", record.number},
            {"at", gallery::to_text(record.at)},
            {"hash", gallery::to_hex(record.hash)},
            {"signature", gallery::to_hex(record.signature)},
            {"public_key", gallery::to_hex(key)}};
}

Result<int> list(const Options& o) {
    MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Fail));
    std::vector<AuditRecord> records;
    MIEN_TRY(store.read_audit(o.from, [&](const AuditRecord& record) {
        records.push_back(record);
        if (records.size() > o.most) records.erase(records.begin());
        return Status{};
    }));
    Json all = Json::array();
    for (const AuditRecord& record : records) {
        if (o.store.json) {
            all.push_back(Json::parse(gallery::to_json(record)));
            continue;
        }
        const gallery::AuditEntry& e = record.entry;
        std::cout << record.number << "  " << gallery::to_text(record.at) << "  " << e.actor.who << "  " << e.action
                  << (e.gallery.empty() ? "" : "  " + e.gallery)
                  << (e.subject_reference.empty() ? "" : "  " + e.subject_reference.substr(0, 8))
                  << (e.outcome.empty() ? "" : "  " + e.outcome)
                  << (e.actor.why.empty() ? "" : "  (" + e.actor.why + ")") << '\n';
    }
    if (o.store.json) print_json({{"records", all}});
    return done;
}

// One record a line; the first line says whose chain it is.
Result<int> export_chain(const Options& o) {
    MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Fail));
    std::string text = first_line(store.audit_key()) + "\n";
    std::int64_t count = 0;
    MIEN_TRY(store.read_audit(1, [&](const AuditRecord& record) {
        text += gallery::to_json(record) + "\n";
        ++count;
        return Status{};
    }));
    MIEN_TRY(write_file(o.file, text));
    if (o.store.json)
        print_json({{"records", count}, {"file", o.file}, {"public_key", gallery::to_hex(store.audit_key())}});
    else
        std::cout << "wrote " << count << " records to " << o.file << "; public key "
                  << gallery::to_hex(store.audit_key()) << '\n';
    return done;
}

Result<int> head(const Options& o) {
    MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Fail));
    std::optional<AuditRecord> last;
    MIEN_TRY(store.read_audit(1, [&](const AuditRecord& record) {
        last = record;
        return Status{};
    }));
    if (!last) return Error{Fault::NotFound, "there is no audit record yet"};
    print_json(head_of(*last, store.audit_key()));
    return done;
}

Result<gallery::PublicKey> public_key(const std::string& hex) {
    MIEN_LET(bytes, gallery::from_hex(hex));
    gallery::PublicKey key{};
    if (bytes.size() != key.size()) return Error{Fault::BadInput, "the public key has 64 hexadecimal digits"};
    std::ranges::copy(bytes, key.begin());
    return key;
}

struct Head {
    std::int64_t number = 0;
    std::string hash{};
    bool seen = false;
};

// With a file: the export, on any machine, by the public key alone. Without: the store's own chain. Every byte of a
// file counts, so that nobody has to wonder which do: a line must be just what its record is written as.
Result<int> verify(const Options& o) {
    const CheckSignatures which = o.last_only ? CheckSignatures::LastOnly : CheckSignatures::Every;
    std::optional<Head> known;
    if (!o.head.empty()) {
        MIEN_LET(bytes, read_file(o.head, 1 << 20));
        const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
        if (!json.is_object() || !json.contains("number") || !json.contains("hash") ||
            !json["number"].is_number_integer() || !json["hash"].is_string())
            return Error{Fault::BadInput, o.head + " is no exported head (mien audit head)"};
        known = Head{json["number"].get<std::int64_t>(), json["hash"].get<std::string>()};
    }
    const auto take = [&](ChainCheck& chain, const AuditRecord& record) -> Status {
        MIEN_TRY(chain.add(record));
        if (known && record.number == known->number) {
            if (gallery::to_hex(record.hash) != known->hash)
                return Error{Fault::Corrupt, "audit record " + std::to_string(record.number) +
                                                 " is not the one whose head was exported: the chain was made anew"};
            known->seen = true;
        }
        return {};
    };
    std::optional<ChainCheck> chain;
    if (o.file.empty()) {
        MIEN_LET(store, open_store(o.store, gallery::StoreOptions::Missing::Fail));
        chain.emplace(store.audit_key(), which);
        MIEN_TRY(store.read_audit(1, [&](const AuditRecord& record) { return take(*chain, record); }));
    } else {
        std::ifstream in(o.file);
        std::string line;
        if (!std::getline(in, line)) return Error{Fault::NotFound, o.file + " can't be read, or is empty"};
        const Json first = Json::parse(line, nullptr, false);
        if (!first.is_object() || !first.contains("mien_audit") || first["mien_audit"] != 1)
            return Error{Fault::BadInput, o.file + " is no exported audit chain"};
        if (o.key.empty())
            return Error{Fault::BadInput,
                         "say with --key whose chain it must be: a key inside the file proves nothing (it names " +
                             first.value("public_key", Json{}).dump() + ")"};
        MIEN_LET(key, public_key(o.key));
        if (line != first_line(key))
            return Error{Fault::Corrupt, "the first line of " + o.file + " is not that of this key's chain: it names " +
                                             first.value("public_key", Json{}).dump()};
        chain.emplace(key, which);
        while (std::getline(in, line)) {
            MIEN_LET(record, gallery::audit_record_from(line));
            if (gallery::to_json(record) != line)
                return Error{Fault::Corrupt, "audit record " + std::to_string(record.number) +
                                                 " was changed: its line is not what its content is written as"};
            MIEN_TRY(take(*chain, record));
        }
    }
    MIEN_TRY(chain->finish());
    if (known && !known->seen)
        return Error{Fault::Corrupt, "the chain ends at record " + std::to_string(chain->records()) +
                                         ", before the exported head " + std::to_string(known->number) +
                                         ": its end was cut off"};
    if (o.store.json)
        print_json({{"whole", true}, {"records", chain->records()}, {"every_signature", !o.last_only}});
    else
        std::cout << "whole: " << chain->records() << " records, none changed, none missing"
                  << (o.last_only ? ", the last signature vouches for all" : ", every signature good") << '\n';
    return done;
}

Command make(CLI::App& parent, const char* name, const char* what, Result<int> (*work)(const Options&),
             const std::function<void(CLI::App&, Options&)>& arguments) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(name, what);
    arguments(*app, *options);
    add_store_options(*app, options->store);
    return {app, [options, work] {
                const auto code = work(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace

Command make_audit_command(CLI::App& parent) {
    CLI::App* app = parent.add_subcommand("audit", "Read, export and verify the signed record of who did what");
    app->require_subcommand(1);
    app->footer(
        "Examples:\n  mien audit list --most 20\n  mien audit head > head.json        keep it elsewhere: it proves "
        "later that nothing was cut off\n"
        "  mien audit export chain.jsonl\n  mien audit verify chain.jsonl --key 4f… --head head.json");
    auto below = std::make_shared<std::vector<Command>>();
    below->push_back(make(*app, "list", "Show the last records", list, [](CLI::App& a, Options& o) {
        a.add_option("--from", o.from, "Number of the first record")->capture_default_str();
        a.add_option("--most", o.most, "Records shown")->capture_default_str();
    }));
    below->push_back(make(*app, "export", "Write the whole chain to a file, one JSON record a line", export_chain,
                          [](CLI::App& a, Options& o) { a.add_option("file", o.file, "Where to")->required(); }));
    below->push_back(make(*app, "head", "Print the last record's number, hash and signature, and the public key", head,
                          [](CLI::App&, Options&) {}));
    below->push_back(
        make(*app, "verify", "Check that no record was changed or left out", verify, [](CLI::App& a, Options& o) {
            a.add_option("file", o.file, "An exported chain; none: the store's own");
            a.add_option("--key", o.key, "The public key, 64 hexadecimal digits");
            a.add_option("--head", o.head, "A head exported earlier, which the chain must still hold");
            a.add_flag("--last-signature", o.last_only,
                       "Check the last signature only, which vouches for all content: seconds for a million records");
        }));
    return {app, [below] {
                for (const Command& command : *below)
                    if (command.app->parsed()) return command.run();
                return bad_input;
            }};
}

}  // namespace mien::cli
