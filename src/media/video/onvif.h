#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace mien::media {

struct FoundCamera {
    std::string endpoint{};               // its stable name, "urn:uuid:…"
    std::vector<std::string> services{};  // addresses of its device service
    std::string name{};                   // from its scopes, may be empty
    std::string hardware{};
};

struct DiscoverOptions {
    std::chrono::milliseconds wait{3000};  // for answers
    // Where the probe goes: the group and port of WS-Discovery 1.1 (OASIS, 2.4). Another one is for networks behind a
    // relay.
    std::string group = "239.255.255.250";
    int port = 3702;
};

// ONVIF cameras of the local network that answer a probe (WS-Discovery, ONVIF Core Specification 7). Each once.
// Errors: BadInput for a group that is no IPv4 address; Unavailable when the network refuses.
Result<std::vector<FoundCamera>> discover_cameras(const DiscoverOptions& options = {});

struct CameraLogin {
    std::string user{};  // empty: without
    std::string password{};
};

// The RTSP address of a camera's first media profile (ONVIF Media Service: GetCapabilities, GetProfiles, GetStreamUri)
// with the login in it, ready for VideoSource::open. `service`: its device service, "http://…/onvif/device_service".
// The login goes as a WS-Security digest (OASIS UsernameToken Profile 1.0), which needs both clocks within minutes.
// Errors: BadInput for another address or a refused login; Unavailable; Corrupt for an answer that is no ONVIF.
Result<std::string> camera_stream(const std::string& service, const CameraLogin& login,
                                  std::chrono::milliseconds deadline = std::chrono::milliseconds(5000));

}  // namespace mien::media
