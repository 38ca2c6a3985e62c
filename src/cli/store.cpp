#include "cli/store.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/file.h"
#include "gallery/keys/key.h"

namespace mien::cli {

namespace fs = std::filesystem;

void add_store_options(CLI::App& app, StoreChoice& choice) {
    if (const char* user = std::getenv("USER")) choice.who = user;
    if (choice.who.empty()) choice.who = "local";
    app.add_option("--data", choice.folder, "Folder of the store")->capture_default_str()->envname("MIEN_DATA");
    app.add_option("--who", choice.who, "Who does it, for the audit record")->capture_default_str();
    app.add_option("--why", choice.why, "The reason or authorisation number, for the audit record");
    app.add_flag("--json", choice.json, "One JSON document on standard output");
}

Result<gallery::Store> open_store(const StoreChoice& choice, gallery::StoreOptions::Missing if_missing) {
    gallery::forbid_core_dumps();
    gallery::StoreOptions options{.master_key = gallery::master_key_source(choice.folder), .missing = if_missing};
    std::error_code unknown;
    if (fs::exists(choice.folder, unknown) && ::access(choice.folder.c_str(), R_OK | X_OK) != 0)
        return Error{Fault::Unavailable, "can't read the store's folder " + choice.folder + ": no right to"};
    const bool has_key = options.master_key.kind != gallery::MasterKeySource::Kind::File ||
                         fs::exists(options.master_key.where, unknown);
    // A fresh key never opens an old store: make one only where there is none.
    if (fs::exists(fs::path(choice.folder) / "keys.db", unknown)) options.master_key.make_file = false;
    auto store = gallery::Store::open(choice.folder, options);
    if (store && !has_key)
        std::cerr << "mien: made the master key " << options.master_key.where
                  << "; whoever has it and the folder can read everything: keep it elsewhere with MIEN_MASTER_KEY_FILE "
                     "or MIEN_MASTER_KEY_COMMAND, and keep a copy\n";
    return store;
}

Result<gallery::Consent> consent_from(const std::string& given, const std::string& expires) {
    gallery::Consent consent;
    consent.given = gallery::now();
    std::error_code unknown;
    if (fs::is_regular_file(given, unknown)) {
        MIEN_LET(bytes, read_file(given, 1 << 20));
        consent.text_id = fs::path(given).stem().string();
        consent.text.assign(bytes.begin(), bytes.end());
        consent.version = "blake2b:" + gallery::to_hex(gallery::digest_of(bytes)).substr(0, 16);
    } else {
        const auto at = given.rfind('@');
        consent.text_id = given.substr(0, at);
        if (at != std::string::npos) consent.version = given.substr(at + 1);
        if (consent.text_id.empty() || given.find('/') != std::string::npos)
            return Error{Fault::NotFound,
                         "the consent text " + given + " is no file; name one, or an id like club-terms@2"};
    }
    if (!expires.empty()) {
        MIEN_LET(period, gallery::days_from(expires));
        consent.expires = consent.given + period;
    }
    return consent;
}

Json json_of(const gallery::GalleryInfo& info) {
    return {{"name", info.name},
            {"purpose", info.purpose},
            {"basis", gallery::name_of(info.basis)},
            {"keep_days", info.keep.count()},
            {"keep_crops", info.keep_crops},
            {"created", gallery::to_text(info.created)},
            {"subjects", info.subjects},
            {"unknowns", info.unknowns},
            {"samples", info.samples},
            {"templates", info.templates}};
}

Json json_of(const gallery::SubjectInfo& info) {
    Json json{{"subject", info.name},
              {"reference", info.reference},
              {"kind", info.kind == gallery::SubjectKind::Known ? "known" : "unknown"},
              {"created", gallery::to_text(info.created)},
              {"last_interaction", gallery::to_text(info.last_interaction)},
              {"expires", gallery::to_text(info.expires)}};
    if (!info.metadata.empty()) json["metadata"] = Json::parse(info.metadata, nullptr, false);
    if (info.consent) {
        json["consent"] = {{"text", info.consent->text_id},
                           {"version", info.consent->version},
                           {"given", gallery::to_text(info.consent->given)}};
        if (info.consent->expires) json["consent"]["expires"] = gallery::to_text(*info.consent->expires);
    }
    json["samples"] = Json::array();
    for (const gallery::SampleInfo& sample : info.samples) {
        Json makers = Json::array();
        for (const Maker& maker : sample.makers)
            makers.push_back(maker.model + ' ' + maker.version + ", " + maker.preprocessing);
        json["samples"].push_back({{"id", sample.id},
                                   {"source", sample.source},
                                   {"quality", rounded(sample.quality / 100)},
                                   {"created", gallery::to_text(sample.created)},
                                   {"crop_kept", sample.has_crop},
                                   {"templates", makers}});
    }
    return json;
}

Json json_of(const gallery::ErasureProof& proof) {
    return {{"gallery", proof.gallery},
            {"subject_reference", proof.subject_reference},
            {"at", gallery::to_text(proof.at)},
            {"erased", {{"samples", proof.samples}, {"templates", proof.templates}, {"crops", proof.crops}}},
            {"destroyed_key_digest", proof.key_digest},
            {"audit_record", proof.audit_record},
            {"audit_hash", proof.audit_hash},
            {"files_searched", proof.checked},
            {"key_copies_not_reached", proof.unreached}};
}

Status confirmed(bool yes, const std::string& question) {
    if (yes) return {};
    if (::isatty(STDIN_FILENO) == 0) return Error{Fault::BadInput, question + " Say --yes to do it."};
    std::cerr << "mien: " << question << " [y/N] ";
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "Y" || answer == "yes") return {};
    return Error{Fault::BadInput, "not done"};
}

}  // namespace mien::cli
