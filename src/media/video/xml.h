#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mien::media {

// Names are compared without their prefix, since each camera's maker chooses other ones. For the .cpp files of this
// folder.
inline std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    return name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
}

inline std::vector<pugi::xml_node> all_named(const pugi::xml_node& root, std::string_view name) {
    std::vector<pugi::xml_node> found;
    // Iterative: a hostile answer may nest as deep as it likes.
    for (pugi::xml_node node = root.first_child(); node;) {
        if (local_name(node) == name) found.push_back(node);
        pugi::xml_node after = node.first_child();
        while (!after && node && node != root) {
            after = node.next_sibling();
            if (!after) node = node.parent();
        }
        node = after;
    }
    return found;
}

// The text of the first element of this name below `root`; empty when there is none.
inline std::string child_text(const pugi::xml_node& root, std::string_view name) {
    const auto found = all_named(root, name);
    return found.empty() ? std::string() : std::string(found.front().text().as_string());
}

}  // namespace mien::media
