#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

namespace mien {
namespace {

namespace fs = std::filesystem;

Error system_error(const std::string& what, const fs::path& file, int code) {
    const Fault fault = code == ENOENT || code == ENOTDIR ? Fault::NotFound : Fault::Unavailable;
    return Error{fault, what + " " + file.string() + ": " + std::strerror(code)};
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

// Paths of files being written, so that an interrupted process can remove them. A fixed table: a signal handler may
// read it.
constexpr std::size_t slots = 64;
constexpr std::size_t longest_path = 1024;
struct Unfinished {
    std::atomic<bool> taken{false};
    std::array<char, longest_path> path{};
};
std::array<Unfinished, slots> unfinished;

class UnfinishedFile {
public:
    explicit UnfinishedFile(fs::path path) : path_(std::move(path)) {
        if (path_.native().size() >= longest_path) return;
        for (Unfinished& slot : unfinished) {
            if (slot.path[0] != 0 || slot.taken.exchange(true)) continue;
            std::strncpy(slot.path.data(), path_.c_str(), longest_path - 1);
            slot_ = &slot;
            return;
        }
    }
    ~UnfinishedFile() {
        if (!kept_) ::unlink(path_.c_str());
        if (slot_ == nullptr) return;
        slot_->path[0] = 0;
        slot_->taken = false;
    }
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    const fs::path& path() const { return path_; }
    void keep() { kept_ = true; }

private:
    fs::path path_;
    Unfinished* slot_ = nullptr;
    bool kept_ = false;
};

Status write_all(int descriptor, ByteView bytes, const fs::path& file) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_error("can't write", file, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::uint64_t> size_of_regular_file(int descriptor, const fs::path& file) {
    struct stat info {};
    if (::fstat(descriptor, &info) != 0) return system_error("can't look at", file, errno);
    if (S_ISDIR(info.st_mode)) return Error{Fault::BadInput, file.string() + " is a folder, not a file"};
    if (!S_ISREG(info.st_mode)) return Error{Fault::BadInput, file.string() + " is not a regular file"};
    return static_cast<std::uint64_t>(info.st_size);
}

Status read_descriptor(int descriptor, const fs::path& file, const std::function<Status(ByteView)>& use) {
    Bytes part(1 << 20);
    for (;;) {
        const ssize_t got = ::read(descriptor, part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("can't read", file, errno);
        if (got == 0) return {};
        MIEN_TRY(use(ByteView(part.data(), static_cast<std::size_t>(got))));
    }
}

}  // namespace

Result<Bytes> read_file(const fs::path& file, std::uint64_t limit) {
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (in.number() < 0) return system_error("can't open", file, errno);
    MIEN_LET(size, size_of_regular_file(in.number(), file));
    const auto too_large = [&](std::uint64_t bytes) {
        return Error{Fault::BadInput,
                     file.string() + " has " + std::to_string(bytes) + " bytes, the limit is " + std::to_string(limit)};
    };
    if (size > limit) return too_large(size);
    Bytes bytes;
    bytes.reserve(static_cast<std::size_t>(size));
    MIEN_TRY(read_descriptor(in.number(), file, [&](ByteView part) -> Status {
        if (bytes.size() + part.size() > limit) return too_large(bytes.size() + part.size());  // it grew meanwhile
        bytes.insert(bytes.end(), part.begin(), part.end());
        return {};
    }));
    return bytes;
}

Status read_in_parts(const fs::path& file, const std::function<Status(ByteView)>& use) {
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (in.number() < 0) return system_error("can't open", file, errno);
    MIEN_TRY(size_of_regular_file(in.number(), file));
    return read_descriptor(in.number(), file, use);
}

struct FileWriter::State {
    fs::path file;
    UnfinishedFile temporary;
    Descriptor out;
};

FileWriter::FileWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileWriter::FileWriter(FileWriter&&) noexcept = default;
FileWriter& FileWriter::operator=(FileWriter&&) noexcept = default;
FileWriter::~FileWriter() = default;

Result<FileWriter> FileWriter::open(const fs::path& file, Readers readers) {
    static std::atomic<unsigned> count{0};
    if (file.has_parent_path()) MIEN_TRY(make_folder(file.parent_path()));
    fs::path beside = file;
    beside += ".unfinished-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
    const int out =
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, readers == Readers::OwnerOnly ? 0600 : 0644);
    if (out < 0) return system_error("can't create", file, errno);
    return FileWriter(std::unique_ptr<State>(new State{file, UnfinishedFile(beside), Descriptor(out)}));
}

Status FileWriter::write(ByteView bytes) {
    return write_all(state_->out.number(), bytes, state_->file);
}

Status FileWriter::commit() {
    if (::fsync(state_->out.number()) != 0) return system_error("can't write", state_->file, errno);
    if (::rename(state_->temporary.path().c_str(), state_->file.c_str()) != 0)
        return system_error("can't write", state_->file, errno);
    state_->temporary.keep();
    return {};
}

Status write_file(const fs::path& file, ByteView bytes) {
    MIEN_LET(out, FileWriter::open(file));
    MIEN_TRY(out.write(bytes));
    return out.commit();
}

Status write_file(const fs::path& file, std::string_view text) {
    return write_file(file, as_bytes(text));
}

void remove_unfinished_files() noexcept {
    for (const Unfinished& slot : unfinished) {
        if (slot.taken && slot.path[0] != 0) ::unlink(slot.path.data());
    }
}

Status make_folder(const fs::path& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return system_error("can't make the folder", folder, failed.value());
    return {};
}

}  // namespace mien
