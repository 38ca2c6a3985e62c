#include "models/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace mien::models {
namespace {

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

Archive make_reader() {
    Archive reader(archive_read_new(), archive_read_free);
    archive_read_support_format_zip(reader.get());
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    return reader;
}

Error damaged(archive* reader, const std::string& name) {
    const char* why = archive_error_string(reader);
    return Error{Fault::Corrupt,
                 "the package " + name + " can't be unpacked: " + (why != nullptr ? why : "unknown reason")};
}

Result<Bytes> read_entry(archive* reader, const std::string& name, const std::string& member, std::uint64_t limit) {
    Bytes content;
    Bytes part(1 << 16);
    for (;;) {
        const la_ssize_t got = archive_read_data(reader, part.data(), part.size());
        if (got < 0) return damaged(reader, name);
        if (got == 0) return content;
        if (content.size() + static_cast<std::size_t>(got) > limit) {
            return Error{Fault::BadInput, member + " in " + name + " is larger than the " + std::to_string(limit) +
                                              " bytes that were expected"};
        }
        content.insert(content.end(), part.begin(), part.begin() + got);
    }
}

Result<Bytes> find_entry(archive* reader, const std::string& name, const std::string& member, std::uint64_t limit) {
    constexpr int most_entries = 100'000;
    for (int i = 0; i < most_entries; ++i) {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(reader, &entry);
        if (status == ARCHIVE_EOF) break;
        if (status < ARCHIVE_WARN) return damaged(reader, name);
        const char* path = archive_entry_pathname(entry);
        if (path != nullptr && member == path && archive_entry_filetype(entry) == AE_IFREG)
            return read_entry(reader, name, member, limit);
    }
    return Error{Fault::NotFound, "the package " + name + " holds no " + member};
}

}  // namespace

Result<Bytes> extract_member(const std::filesystem::path& file, const std::string& member, std::uint64_t limit) {
    const Archive reader = make_reader();
    constexpr std::size_t block = 1 << 16;
    const std::string name = file.filename().string();
    if (archive_read_open_filename(reader.get(), file.c_str(), block) != ARCHIVE_OK) return damaged(reader.get(), name);
    return find_entry(reader.get(), name, member, limit);
}

Result<Bytes> extract_member(ByteView bytes, const std::string& member, std::uint64_t limit) {
    const Archive reader = make_reader();
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        return damaged(reader.get(), "in memory");
    return find_entry(reader.get(), "in memory", member, limit);
}

Result<Bytes> unpack_bzip2(ByteView bytes, std::uint64_t limit) {
    const Archive reader(archive_read_new(), archive_read_free);
    archive_read_support_format_raw(reader.get());
    archive_read_support_filter_bzip2(reader.get());
    const std::string name = "in memory";
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK)
        return damaged(reader.get(), name);
    // The raw format takes everything, also what nobody packed.
    if (archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_BZIP2)
        return Error{Fault::Corrupt, "what should be packed by bzip2 is not"};
    return read_entry(reader.get(), name, "the file", limit);
}

}  // namespace mien::models
