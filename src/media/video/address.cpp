#include "media/video/address.h"

#include <filesystem>

#include "base/text.h"

namespace mien::media {
namespace {

// "rtsp" of "rtsp://…"; empty for a path.
std::string scheme_of(std::string_view address) {
    const auto end = address.find("://");
    return end == std::string_view::npos ? std::string() : lower(address.substr(0, end));
}

bool is_pattern(std::string_view path) {
    std::error_code ignored;
    return path.find_first_of("*?") != std::string_view::npos && !std::filesystem::exists(path, ignored);
}

SourceAddress path_address(std::string_view path) {
    std::error_code ignored;
    const std::string kept(path);
    if (path.starts_with("/dev/video")) return {SourceKind::Device, kept, kept};
    if (is_pattern(path) || std::filesystem::is_directory(path, ignored)) return {SourceKind::Sequence, kept, kept};
    return {SourceKind::File, kept, kept};
}

}  // namespace

std::string shown_address(std::string_view address) {
    const auto scheme = address.find("://");
    if (scheme == std::string_view::npos) return std::string(address);
    const auto host = scheme + 3;
    // A password may hold a bare '/' or '?', which ends the authority for a strict reader; the last '@' is the safe
    // cut.
    const auto at = address.rfind('@');
    std::string shown(address.substr(0, host));
    std::string_view rest = address.substr(at != std::string_view::npos && at >= host ? at + 1 : host);
    const auto query = rest.find_first_of("?#");
    shown += rest.substr(0, query);
    if (query != std::string_view::npos) shown += "?...";
    return shown;
}

Result<SourceAddress> parse_address(std::string_view address) {
    if (address.empty()) return Error{Fault::BadInput, "the address of the video is empty"};
    const std::string scheme = scheme_of(address);
    const std::string shown = shown_address(address);
    if (scheme == "rtsp" || scheme == "rtsps") return SourceAddress{SourceKind::Rtsp, std::string(address), shown};
    if (scheme == "http" || scheme == "https") return SourceAddress{SourceKind::Http, std::string(address), shown};
    if (scheme == "file") return path_address(address.substr(7));
    if (address.starts_with("v4l2:")) {
        std::string_view device = address.substr(5);
        while (device.starts_with("//")) device.remove_prefix(1);
        return SourceAddress{SourceKind::Device, std::string(device), std::string(device)};
    }
    if (!scheme.empty()) {
        return Error{Fault::Unsupported, shown + ": addresses of the kind '" + scheme +
                                             "' can't be read; use rtsp, rtsps, http, https, file or a path"};
    }
    return path_address(address);
}

}  // namespace mien::media
