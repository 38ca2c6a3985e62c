#include "cli/enroll_metadata.h"

#include <algorithm>

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

}  // namespace mien::cli
