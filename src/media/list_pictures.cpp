#include "media/list_pictures.h"

#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/log.h"
#include "base/text.h"

namespace mien::media {
namespace {

namespace fs = std::filesystem;

bool looks_like_picture(const fs::path& file) {
    constexpr std::array<std::string_view, 4> endings{".jpg", ".jpeg", ".png", ".webp"};
    return std::ranges::find(endings, lower(file.extension().string())) != endings.end();
}

// "face10" after "face9": runs of digits are compared by value.
bool natural_less(const fs::path& left, const fs::path& right) {
    const std::string& a = left.native();
    const std::string& b = right.native();
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (!digit(a[i]) || !digit(b[j])) {
            if (a[i] != b[j]) return a[i] < b[j];
            ++i;
            ++j;
            continue;
        }
        const auto run = [&digit](const std::string& text, std::size_t& at) {
            while (at < text.size() && text[at] == '0') ++at;
            const std::size_t from = at;
            while (at < text.size() && digit(text[at])) ++at;
            return std::string_view(text).substr(from, at - from);
        };
        const std::string_view x = run(a, i);
        const std::string_view y = run(b, j);
        if (x.size() != y.size()) return x.size() < y.size();
        if (x != y) return x < y;
    }
    if (i < a.size() || j < b.size()) return i == a.size();
    return a < b;
}

bool may_be_listed(const fs::path& folder) {
    return ::access(folder.c_str(), R_OK | X_OK) == 0;
}

Result<std::vector<fs::path>> list_folder(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code failed;
    if (!may_be_listed(folder))
        return Error{Fault::Unavailable, "can't read the folder " + folder.string() + ": no right to"};
    for (fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, failed), end;
         !failed && entry != end; entry.increment(failed)) {
        std::error_code unknown;
        if (entry->is_directory(unknown) && !may_be_listed(entry->path()))
            log::warning("passed over, no right to read the folder " + entry->path().string());
        if (entry->is_regular_file(unknown) && looks_like_picture(entry->path())) files.push_back(entry->path());
    }
    if (failed) return Error{Fault::Unavailable, "can't read the folder " + folder.string() + ": " + failed.message()};
    if (files.empty())
        return Error{Fault::BadInput, "the folder " + folder.string() + " holds no .jpg, .jpeg, .png or .webp picture"};
    std::ranges::sort(files, natural_less);
    return files;
}

Result<std::vector<fs::path>> match(const std::string& pattern) {
    glob_t found{};
    const std::unique_ptr<glob_t, decltype(&globfree)> owner(&found, globfree);
    if (glob(pattern.c_str(), 0, nullptr, &found) != 0 || found.gl_pathc == 0) {
        return Error{Fault::BadInput, "no file matches " + pattern};
    }
    std::vector<fs::path> files(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    std::ranges::sort(files, natural_less);
    return files;
}

}  // namespace

Result<std::vector<fs::path>> list_pictures(std::span<const std::string> inputs) {
    std::vector<fs::path> all;
    for (const std::string& input : inputs) {
        std::error_code unknown;
        if (fs::is_directory(input, unknown)) {
            MIEN_LET(files, list_folder(input));
            all.insert(all.end(), files.begin(), files.end());
        } else if (input.find_first_of("*?") != std::string::npos && !fs::exists(input, unknown)) {
            MIEN_LET(files, match(input));
            all.insert(all.end(), files.begin(), files.end());
        } else {
            all.emplace_back(input);
        }
    }
    return all;
}

}  // namespace mien::media
