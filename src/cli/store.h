#pragma once

#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "gallery/store/store.h"

namespace mien::cli {

// What every command on the store asks: --data, --who, --why, --json.
struct StoreChoice {
    std::string folder = "mien-data";
    std::string who{};
    std::string why{};
    bool json = false;
    gallery::Actor actor() const { return {who, why}; }
};
void add_store_options(CLI::App& app, StoreChoice& choice);

// Opens the store, with no core dumps from then on. Says on standard error where a master key was made.
Result<gallery::Store> open_store(const StoreChoice& choice, gallery::StoreOptions::Missing if_missing);

// The same for work on people (enrolment, identification, observation): where retention is automatic and due, whoever's
// time is over is erased first, and one line on standard error says how many.
Result<gallery::Store> open_store_for_people(const StoreChoice& choice);

// --consent: a file with the text that was agreed to, or the id of a text kept elsewhere ("club-terms@2").
Result<gallery::Consent> consent_from(const std::string& given, const std::string& expires);

Json json_of(const gallery::GalleryInfo& info);
Json json_of(const gallery::SubjectInfo& info);
Json json_of(const gallery::ErasureProof& proof);

// Whether a person says yes. Not asked with `--yes`; without a terminal the answer is no, and the error says how.
Status confirmed(bool yes, const std::string& question);

}  // namespace mien::cli
