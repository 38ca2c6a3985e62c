#include "inference/import/torch_zip.h"

#include <algorithm>

namespace mien::inference {
namespace {

constexpr std::uint32_t local_mark = 0x04034b50;
constexpr std::uint32_t central_mark = 0x02014b50;
constexpr std::uint32_t end_mark = 0x06054b50;
constexpr std::uint32_t end64_mark = 0x06064b50;
constexpr std::uint32_t locator64_mark = 0x07064b50;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t locator64_bytes = 20;
constexpr std::uint32_t elsewhere = 0xffffffff;  // the number stands in a zip64 field

struct Directory {
    std::uint64_t entries = 0;
    std::uint64_t offset = 0;
};

struct Record {
    std::string_view name{};
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    std::uint64_t packed = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

Error corrupt(const std::string& what) {
    return Error{Fault::Corrupt, "zip archive: " + what};
}

Result<ByteReader> reader_at(ByteView archive, std::uint64_t offset) {
    if (offset > archive.size()) return corrupt("a part is said to lie behind its end");
    return ByteReader(archive.subspan(static_cast<std::size_t>(offset)));
}

Status expect(ByteReader& in, std::uint32_t mark, const char* what) {
    MIEN_LET(found, in.number<std::uint32_t>());
    if (found != mark) return corrupt(std::string("there is no ") + what + " where one should be");
    return {};
}

Result<std::size_t> find_end(ByteView archive) {
    if (archive.size() < end_bytes) return corrupt("too short");
    constexpr std::size_t longest_comment = 65535;
    const std::size_t last = archive.size() - end_bytes;
    const std::size_t first = last - std::min(last, longest_comment);
    for (std::size_t at = last + 1; at-- > first;) {
        if (*ByteReader(archive.subspan(at)).number<std::uint32_t>() == end_mark) return at;
    }
    return corrupt("its directory is missing, the file may be cut off");
}

Result<Directory> read_end64(ByteView archive, std::uint64_t offset) {
    MIEN_LET(in, reader_at(archive, offset));
    MIEN_TRY(expect(in, end64_mark, "zip64 end"));
    MIEN_TRY(in.take(28));  // sizes, versions, disks, entries on this disk
    MIEN_LET(entries, in.number<std::uint64_t>());
    MIEN_TRY(in.take(8));
    MIEN_LET(start, in.number<std::uint64_t>());
    return Directory{entries, start};
}

Result<Directory> read_end(ByteView archive) {
    MIEN_LET(at, find_end(archive));
    if (at >= locator64_bytes) {
        ByteReader in(archive.subspan(at - locator64_bytes));
        if (*in.number<std::uint32_t>() == locator64_mark) {
            MIEN_TRY(in.take(4));
            MIEN_LET(offset, in.number<std::uint64_t>());
            return read_end64(archive, offset);
        }
    }
    ByteReader in(archive.subspan(at));
    MIEN_TRY(in.take(10));
    MIEN_LET(entries, in.number<std::uint16_t>());
    MIEN_TRY(in.take(4));
    MIEN_LET(start, in.number<std::uint32_t>());
    return Directory{entries, start};
}

// Numbers too large for 32 bits stand in the extra field 1, in this order, those only that need it.
Status read_zip64_field(ByteReader extra, Record& record) {
    while (extra.left() >= 4) {
        MIEN_LET(id, extra.number<std::uint16_t>());
        MIEN_LET(length, extra.number<std::uint16_t>());
        MIEN_LET(field, extra.take(length));
        if (id != 1) continue;
        ByteReader numbers(field);
        for (std::uint64_t* value : {&record.size, &record.packed, &record.offset}) {
            if (*value != elsewhere) continue;
            MIEN_LET(wide, numbers.number<std::uint64_t>());
            *value = wide;
        }
        return {};
    }
    return {};
}

Result<Record> read_record(ByteReader& in) {
    Record record;
    MIEN_TRY(expect(in, central_mark, "directory entry"));
    MIEN_TRY(in.take(4));
    MIEN_LET(flags, in.number<std::uint16_t>());
    MIEN_LET(method, in.number<std::uint16_t>());
    MIEN_TRY(in.take(8));
    MIEN_LET(packed, in.number<std::uint32_t>());
    MIEN_LET(size, in.number<std::uint32_t>());
    MIEN_LET(name_length, in.number<std::uint16_t>());
    MIEN_LET(extra_length, in.number<std::uint16_t>());
    MIEN_LET(comment_length, in.number<std::uint16_t>());
    MIEN_TRY(in.take(8));
    MIEN_LET(offset, in.number<std::uint32_t>());
    MIEN_LET(name, in.take(name_length));
    MIEN_LET(extra, in.take(extra_length));
    MIEN_TRY(in.take(comment_length));
    record = {{reinterpret_cast<const char*>(name.data()), name.size()}, method, flags, packed, size, offset};
    MIEN_TRY(read_zip64_field(ByteReader(extra), record));
    return record;
}

Result<ZipEntry> locate(ByteView archive, const Record& record) {
    constexpr std::uint16_t encrypted = 1;
    MIEN_LET(in, reader_at(archive, record.offset));
    MIEN_TRY(expect(in, local_mark, "entry"));
    MIEN_TRY(in.take(22));
    MIEN_LET(name_length, in.number<std::uint16_t>());
    MIEN_LET(extra_length, in.number<std::uint16_t>());
    MIEN_TRY(in.take(std::uint64_t{name_length} + extra_length));
    MIEN_LET(bytes, in.take(record.packed));
    const bool stored = record.method == 0 && (record.flags & encrypted) == 0;
    if (stored && record.packed != record.size) return corrupt("a stored entry has two sizes");
    return ZipEntry{bytes, stored};
}

}  // namespace

Result<std::map<std::string_view, ZipEntry>> list_zip(ByteView archive) {
    MIEN_LET(directory, read_end(archive));
    MIEN_LET(in, reader_at(archive, directory.offset));
    std::map<std::string_view, ZipEntry> entries;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        MIEN_LET(record, read_record(in));
        MIEN_LET(entry, locate(archive, record));
        if (!entries.emplace(record.name, entry).second) return corrupt("two entries have the same name");
    }
    return entries;
}

}  // namespace mien::inference
