#include "cli/enroll_metadata.h"

#include <algorithm>
#include <iostream>

#include "cli/output.h"

namespace mien::cli {

Result<std::string> metadata_of(const MetadataWish& wish, const std::string& before) {
    Json json = Json::parse(wish.json.empty() ? before : wish.json, nullptr, false);
    if (before.empty() && wish.json.empty()) json = Json::object();
    if (!json.is_object()) return Error{Fault::BadInput, "--metadata is no JSON object: " + wish.json};
    for (const std::string& text : wish.pairs) {
        const auto at = text.find_first_of("=!<>");
        if (at == std::string::npos || at == 0 || text[at] != '=')
            return Error{Fault::BadInput,
                         "--meta takes key=value, the key without the signs = ! < >, not '" + text + "'"};
        json[text.substr(0, at)] = text.substr(at + 1);
    }
    if (!wish.tags.empty() && !json["tags"].is_array()) json["tags"] = Json::array();
    for (const std::string& tag : wish.tags)
        if (std::ranges::find(json["tags"], Json(tag)) == json["tags"].end()) json["tags"].push_back(tag);
    try {
        return json.dump();
    } catch (const Json::exception&) {
        return Error{Fault::BadInput, "metadata and tags must be UTF-8"};
    }
}

Result<std::string> metadata_for(gallery::Store& store, const std::string& gallery, const std::string& subject,
                                 const MetadataWish& wish) {
    if (!wish.asks()) return std::string{};
    const auto known = store.subject(gallery, subject);
    if (!known && known.error().fault != Fault::NotFound) return known.error();
    return metadata_of(wish, known ? known->metadata : std::string{});
}

Result<int> renew(const Renewal& wish) {
    MIEN_LET(store, open_store_for_people(wish.store));
    MIEN_TRY(store.subject(wish.gallery, wish.subject));
    MIEN_LET(metadata, metadata_for(store, wish.gallery, wish.subject, wish.metadata));
    gallery::Enrolment person{.subject = wish.subject, .metadata = std::move(metadata)};
    if (!wish.consent.empty()) {
        MIEN_LET(given, consent_from(wish.consent, wish.consent_expires));
        person.consent = std::move(given);
    }
    const std::vector people{std::move(person)};
    MIEN_TRY(store.enrol(wish.gallery, people, wish.store.actor()));
    MIEN_LET(now, store.subject(wish.gallery, wish.subject));
    if (wish.store.json)
        print_json({{"gallery", wish.gallery}, {"person", json_of(now)}});
    else
        std::cout << wish.subject << ": " << (now.metadata.empty() ? "no metadata" : now.metadata) << ", until "
                  << gallery::to_text(now.expires).substr(0, 10) << '\n';
    return done;
}

}  // namespace mien::cli
