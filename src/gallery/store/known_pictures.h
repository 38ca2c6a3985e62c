#pragma once

#include <set>
#include <string>
#include <string_view>

#include "gallery/keys/key.h"

namespace mien::gallery {

// Which pictures of a subject are enrolled: told by the bytes of their files, and by their names where the sample came
// without (by an earlier version of mien, or from an export).
// Thread rule: const calls may run at the same time.
class KnownPictures {
public:
    bool holds(const Digest& content, std::string_view source) const;
    void add(const Digest& content);  // one that was enrolled since

private:
    friend class Store;
    explicit KnownPictures(const Key& key) : key_(key) {}
    Key key_;
    std::set<Digest> contents_{};
    std::set<std::string> sources_{};
};

}  // namespace mien::gallery
