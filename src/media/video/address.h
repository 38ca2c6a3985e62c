#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mien::media {

enum class SourceKind { File, Sequence, Device, Rtsp, Http };

// What an address of a video means, and the form of it that may be shown and logged.
struct SourceAddress {
    SourceKind kind{};
    std::string location{};  // what is opened: path, pattern, device or URL, credentials included: never log it
    std::string shown{};     // without user, password and the values of a query
};

// rtsp:// and rtsps://, http:// and https://, /dev/videoN or v4l2:/dev/…, file://path, a folder or a pattern with * or
// ? (an image sequence), else a file. Looks whether a path is a folder; opens nothing. Errors: BadInput for an empty
// address; Unsupported for another scheme.
Result<SourceAddress> parse_address(std::string_view address);

// The address without user, password and the values of its query: for messages and logs.
std::string shown_address(std::string_view address);

}  // namespace mien::media
