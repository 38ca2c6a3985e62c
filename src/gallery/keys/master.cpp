#include "gallery/keys/master.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace mien::gallery {
namespace {

namespace fs = std::filesystem;

Result<Key> parse(std::string_view text, const std::string& from) {
    auto bytes = from_hex(trim(text));
    if (!bytes || bytes->size() != Key::size)
        return Error{Fault::BadInput, from + " does not hold a master key: 64 hexadecimal digits are needed"};
    auto key = Key::from(*bytes);
    wipe(*bytes);
    return key;
}

Result<Key> read_key_file(const MasterKeySource& source) {
    const fs::path file = source.where;
    struct stat state {};
    if (::stat(file.c_str(), &state) != 0) {
        if (!source.make_file)
            return Error{Fault::NotFound, "the master key " + file.string() +
                                              " is missing: without it the store can't be opened; put it back, or set "
                                              "MIEN_MASTER_KEY_FILE"};
        const Key made = Key::random();
        const Status written = write_master_key(file, made);
        if (written) return made;
        // Another process made it at this moment: there is one key, and it is that one's.
        if (written.error().fault != Fault::Conflict) return written.error();
        if (::stat(file.c_str(), &state) != 0)
            return Error{Fault::Unavailable, "the master key " + file.string() + " was there and is gone again"};
    }
    if ((state.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{Fault::Unavailable,
                     "the master key " + file.string() + " can be read by others: take their rights away (chmod 600)"};
    MIEN_LET(bytes, read_file(file, 4096));
    auto key = parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
    wipe(bytes);
    return key;
}

Result<Key> run_command(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "re");
    if (pipe == nullptr)
        return Error{Fault::Unavailable, std::string("the master key's command can't run: ") + std::strerror(errno)};
    std::array<char, 256> text{};
    const std::size_t got = std::fread(text.data(), 1, text.size(), pipe);
    const int state = ::pclose(pipe);
    if (state != 0) return Error{Fault::Unavailable, "the command in MIEN_MASTER_KEY_COMMAND failed"};
    auto key = parse({text.data(), got}, "the output of the master key's command");
    wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    return key;
}

}  // namespace

MasterKeySource master_key_source(const fs::path& folder) {
    using enum MasterKeySource::Kind;
    if (std::getenv("MIEN_MASTER_KEY") != nullptr) return {Environment, "MIEN_MASTER_KEY"};
    if (const char* command = std::getenv("MIEN_MASTER_KEY_COMMAND")) return {Command, command};
    if (const char* file = std::getenv("MIEN_MASTER_KEY_FILE")) return {File, file};
    return {File, (folder / "master.key").string(), true};
}

Result<Key> read_master_key(const MasterKeySource& source) {
    switch (source.kind) {
        case MasterKeySource::Kind::File:
            return read_key_file(source);
        case MasterKeySource::Kind::Command:
            return run_command(source.where);
        case MasterKeySource::Kind::Environment:
            break;
    }
    const char* text = std::getenv(source.where.c_str());
    if (text == nullptr) return Error{Fault::NotFound, "the variable " + source.where + " is not set"};
    return parse(text, "the variable " + source.where);
}

// Written whole beside its place and linked there, which fails where a file is: of two processes one makes the key, and
// no reader ever meets half of one.
Status write_master_key(const fs::path& file, const Key& key) {
    if (file.has_parent_path()) MIEN_TRY(make_folder(file.parent_path()));
    const std::string beside = file.string() + ".unfinished-" + to_hex(random_bytes(8));
    const auto failure = [&](int code) {
        return Error{code == EEXIST ? Fault::Conflict : Fault::Unavailable,
                     "the master key " + file.string() + " can't be written: " + std::strerror(code)};
    };
    const int out = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) return failure(errno);
    std::string text = to_hex(key.bytes()) + "\n";
    const bool written =
        ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(out) == 0;
    wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    if (::close(out) != 0 || !written) {
        ::unlink(beside.c_str());
        return Error{Fault::Unavailable, "the master key " + file.string() + " can't be written: is the disk full?"};
    }
    int code = ::link(beside.c_str(), file.c_str()) == 0 ? 0 : errno;
    if (code != 0 && code != EEXIST)  // a file system without links
        code = ::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0 ? 0 : errno;
    ::unlink(beside.c_str());
    if (code != 0) return failure(code);
    // A store must not outlive its key in a power cut: the folder's entry goes to the disk, too.
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (const int entries = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); entries >= 0) {
        ::fsync(entries);
        ::close(entries);
    }
    return {};
}

void forbid_core_dumps() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace mien::gallery
