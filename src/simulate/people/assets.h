#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::simulate {

// The files of MakeHuman's data that a walking person is made of: base mesh, shape targets, skeleton, clothes, hair.
// Thread rule: const calls may run at the same time.
class Assets {
public:
    // A folder, or a tar packed by gzip or xz, that holds `makehuman/data` and `assets/base`. Only what is needed is
    // kept. Errors: NotFound; Corrupt for a damaged archive; BadInput when it is no such set.
    static Result<Assets> open(const std::filesystem::path& place);

    // Of contents that are in memory already.
    static Assets of(std::map<std::string, Bytes> files) { return Assets(std::move(files)); }

    // The content of `assets/base/hair/…` and so on. Errors: NotFound.
    Result<std::string_view> text(const std::string& name) const;
    // All names with this beginning and ending, sorted.
    std::vector<std::string> names(std::string_view beginning, std::string_view ending) const;

private:
    explicit Assets(std::map<std::string, Bytes> files) : files_(std::move(files)) {}
    std::map<std::string, Bytes> files_;
};

}  // namespace mien::simulate
