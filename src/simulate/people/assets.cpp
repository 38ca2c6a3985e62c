#include "simulate/people/assets.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/file.h"
#include "base/stop.h"

namespace mien::simulate {
namespace {

using Files = std::map<std::string, Bytes>;
using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

constexpr std::uint64_t largest_file = std::uint64_t{16} << 20;
constexpr std::uint64_t largest_set = std::uint64_t{512} << 20;

bool wanted(std::string_view name) {
    constexpr std::string_view shapes = "makehuman/data/targets/macrodetails/";
    if (name.starts_with(shapes)) return name.ends_with(".target") && name.find('/', shapes.size()) == name.npos;
    if (name == "makehuman/data/3dobjs/base.obj" || name.starts_with("makehuman/data/rigs/default")) return true;
    if (name.starts_with("assets/base/clothes/") || name.starts_with("assets/base/hair/") ||
        name.starts_with("makehuman/data/eyes/low-poly/"))
        return name.ends_with(".obj") || name.ends_with(".mhclo");
    return false;
}

Error damaged(archive* reader, const std::filesystem::path& file) {
    const char* why = archive_error_string(reader);
    return Error{Fault::Corrupt,
                 file.string() + " can't be unpacked: " + (why != nullptr ? why : "it is no gzip or xz tar")};
}

Result<Bytes> read_entry(archive* reader, const std::filesystem::path& file) {
    Bytes content;
    Bytes part(1 << 16);
    for (;;) {
        const la_ssize_t got = archive_read_data(reader, part.data(), part.size());
        if (got < 0) return damaged(reader, file);
        if (got == 0) return content;
        if (content.size() + static_cast<std::size_t>(got) > largest_file)
            return Error{Fault::BadInput, file.string() + " holds a file of over 16 MiB"};
        content.insert(content.end(), part.begin(), part.begin() + got);
    }
}

Result<Files> unpack(const std::filesystem::path& file) {
    const Archive reader(archive_read_new(), archive_read_free);
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_xz(reader.get());
    constexpr std::size_t block = 1 << 16;
    if (archive_read_open_filename(reader.get(), file.c_str(), block) != ARCHIVE_OK) return damaged(reader.get(), file);
    Files files;
    std::uint64_t total = 0;
    for (;;) {
        MIEN_TRY(go_on());
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(reader.get(), &entry);
        if (status == ARCHIVE_EOF) return files;
        if (status < ARCHIVE_WARN) return damaged(reader.get(), file);
        const char* path = archive_entry_pathname(entry);
        if (path == nullptr || archive_entry_filetype(entry) != AE_IFREG || !wanted(path)) continue;
        MIEN_LET(content, read_entry(reader.get(), file));
        total += content.size();
        if (total > largest_set) return Error{Fault::BadInput, file.string() + " unpacks to over 512 MiB"};
        files[path] = std::move(content);
    }
}

Result<Files> read_folder(const std::filesystem::path& folder) {
    Files files;
    for (const char* part : {"makehuman/data/targets/macrodetails", "makehuman/data/3dobjs", "makehuman/data/rigs",
                             "makehuman/data/eyes/low-poly", "assets/base/clothes", "assets/base/hair"}) {
        std::error_code failed;
        for (std::filesystem::recursive_directory_iterator at(folder / part, failed), end; !failed && at != end;
             at.increment(failed)) {
            const std::string name = std::filesystem::relative(at->path(), folder).generic_string();
            if (!at->is_regular_file() || !wanted(name)) continue;
            MIEN_LET(content, read_file(at->path(), largest_file));
            files[name] = std::move(content);
        }
    }
    return files;
}

}  // namespace

Result<Assets> Assets::open(const std::filesystem::path& place) {
    std::error_code failed;
    if (!std::filesystem::exists(place, failed))
        return Error{Fault::NotFound, "no people at " + place.string() + ": give MakeHuman's data, a folder or a tar"};
    MIEN_LET(files, std::filesystem::is_directory(place, failed) ? read_folder(place) : unpack(place));
    if (!files.contains("makehuman/data/3dobjs/base.obj"))
        return Error{Fault::BadInput, place.string() + " holds no makehuman/data/3dobjs/base.obj"};
    return Assets(std::move(files));
}

Result<std::string_view> Assets::text(const std::string& name) const {
    const auto found = files_.find(name);
    if (found == files_.end()) return Error{Fault::NotFound, "MakeHuman's data lack " + name};
    return std::string_view(reinterpret_cast<const char*>(found->second.data()), found->second.size());
}

std::vector<std::string> Assets::names(std::string_view beginning, std::string_view ending) const {
    std::vector<std::string> found;
    for (const auto& [name, content] : files_)
        if (name.starts_with(beginning) && name.ends_with(ending)) found.push_back(name);
    return found;
}

}  // namespace mien::simulate
