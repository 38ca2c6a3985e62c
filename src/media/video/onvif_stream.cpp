extern "C" {
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}
#include <sys/random.h>

#include <array>
#include <ctime>

#include "base/text.h"
#include "media/video/address.h"
#include "media/video/libav.h"
#include "media/video/onvif.h"
#include "media/video/xml.h"

namespace mien::media {
namespace {

constexpr std::size_t largest_answer = 1 << 20;  // bytes; a camera's answers are some kilobytes

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '&')
            safe += "&amp;";
        else if (c == '<')
            safe += "&lt;";
        else if (c == '>')
            safe += "&gt;";
        else
            safe += c;
    }
    return safe;
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

// Password_Digest = Base64(SHA-1(nonce + created + password)), OASIS UsernameToken Profile 1.0, 3.1.
Result<std::string> security_of(const CameraLogin& login) {
    if (login.user.empty()) return std::string();
    std::string nonce(16, '\0');
    if (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size()))
        return Error{Fault::Unavailable, "the system gives no random bytes"};
    const std::string created = utc_now();
    const std::string whole = nonce + created + login.password;
    const std::unique_ptr<AVSHA, decltype(&av_free)> sha(av_sha_alloc(), av_free);
    if (!sha || av_sha_init(sha.get(), 160) < 0) return Error{Fault::Overloaded, "there is not enough memory"};
    std::string digest(20, '\0');
    av_sha_update(sha.get(), reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size());
    av_sha_final(sha.get(), reinterpret_cast<std::uint8_t*>(digest.data()));
    const std::string base = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
    return "<w:Security s:mustUnderstand=\"1\" xmlns:w=\"" + base + "wssecurity-secext-1.0.xsd\" xmlns:u=\"" + base +
           "wssecurity-utility-1.0.xsd\"><w:UsernameToken><w:Username>" + escaped(login.user) +
           "</w:Username><w:Password Type=\"" + base + "username-token-profile-1.0#PasswordDigest\">" +
           encode_base64(digest) + "</w:Password><w:Nonce EncodingType=\"" + base +
           "soap-message-security-1.0#Base64Binary\">" + encode_base64(nonce) + "</w:Nonce><u:Created>" + created +
           "</u:Created></w:UsernameToken></w:Security>";
}

int is_over(void* deadline) {
    return static_cast<const libav::Deadline*>(deadline)->over() ? 1 : 0;
}

Result<std::string> post(const std::string& address, const std::string& body, std::chrono::milliseconds time) {
    libav::be_quiet();
    libav::Deadline deadline;
    deadline.in(time);
    const AVIOInterruptCB interrupt{is_over, &deadline};
    AVDictionary* settings = nullptr;
    av_dict_set(&settings, "protocol_whitelist", "http,https,tcp,tls", 0);
    av_dict_set(&settings, "headers", "Content-Type: application/soap+xml; charset=utf-8\r\n", 0);
    std::string hex;  // how libav takes binary settings
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : body) {
        hex += digits[static_cast<unsigned char>(c) >> 4];
        hex += digits[static_cast<unsigned char>(c) & 15];
    }
    av_dict_set(&settings, "post_data", hex.c_str(), 0);
    AVIOContext* opened = nullptr;
    int code = avio_open2(&opened, address.c_str(), AVIO_FLAG_READ, &interrupt, &settings);
    av_dict_free(&settings);
    if (code < 0) return libav::error_of(code, shown_address(address));
    std::string answer;
    std::array<unsigned char, 4096> part{};
    while (answer.size() <= largest_answer && (code = avio_read_partial(opened, part.data(), part.size())) > 0)
        answer.append(reinterpret_cast<const char*>(part.data()), static_cast<std::size_t>(code));
    avio_closep(&opened);
    if (answer.size() > largest_answer)
        return Error{Fault::Corrupt, shown_address(address) + ": its answer is longer than 1 MiB"};
    if (code < 0 && code != AVERROR_EOF) return libav::error_of(code, shown_address(address));
    return answer;
}

struct Call {
    std::string address;
    const CameraLogin& login;
    std::chrono::milliseconds deadline;
};

// One SOAP 1.2 call. `body` uses the prefixes d (device), m (media) and t (schema).
Status ask(const Call& call, const std::string& body, pugi::xml_document& answer) {
    MIEN_LET(security, security_of(call.login));
    const std::string envelope =
        R"(<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" )"
        R"(xmlns:d="http://www.onvif.org/ver10/device/wsdl" xmlns:m="http://www.onvif.org/ver10/media/wsdl" )"
        R"(xmlns:t="http://www.onvif.org/ver10/schema"><s:Header>)" +
        security + "</s:Header><s:Body>" + body + "</s:Body></s:Envelope>";
    MIEN_LET(text, post(call.address, envelope, call.deadline));
    const std::string shown = shown_address(call.address);
    if (!answer.load_buffer(text.data(), text.size()))
        return Error{Fault::Corrupt, shown + ": its answer is no XML: is this an ONVIF camera?"};
    if (all_named(answer, "Fault").empty()) return {};
    std::string reason = child_text(answer, "Text");
    if (reason.empty()) reason = child_text(answer, "faultstring");
    return Error{Fault::BadInput, shown + ": the camera refused: " + (reason.empty() ? "no reason given" : reason)};
}

// Everything but letters, digits and -._~ as %XX (RFC 3986, 2.3).
std::string url_escaped(std::string_view text) {
    std::string safe;
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~").find(c) != std::string_view::npos;
        if (plain)
            safe += c;
        else
            safe += std::string("%") + digits[byte >> 4] + digits[byte & 15];
    }
    return safe;
}

// "cam" of "http://user@cam:80/x"
std::string host_of(const std::string& address) {
    const std::string shown = shown_address(address);
    const auto start = shown.find("://") + 3;
    return lower(std::string_view(shown).substr(start, shown.find_first_of(":/?", start) - start));
}

bool is_web(const std::string& address) {
    return address.starts_with("http://") || address.starts_with("https://");
}

}  // namespace

Result<std::string> camera_stream(const std::string& service, const CameraLogin& login,
                                  std::chrono::milliseconds deadline) {
    const std::string shown = shown_address(service);
    if (!is_web(service)) return Error{Fault::BadInput, shown + ": a device service begins with http:// or https://"};
    pugi::xml_document answer;
    MIEN_TRY(ask({service, login, deadline}, "<d:GetCapabilities><d:Category>Media</d:Category></d:GetCapabilities>",
                 answer));
    const auto media = all_named(answer, "Media");
    const std::string media_service = media.empty() ? std::string() : child_text(media.front(), "XAddr");
    if (!is_web(media_service)) return Error{Fault::Corrupt, shown + ": the camera names no media service"};
    const Call call{media_service, login, deadline};
    MIEN_TRY(ask(call, "<m:GetProfiles/>", answer));
    const auto profiles = all_named(answer, "Profiles");
    const std::string profile = profiles.empty() ? std::string() : profiles.front().attribute("token").as_string();
    if (profile.empty()) return Error{Fault::Corrupt, shown + ": the camera has no media profile"};
    MIEN_TRY(ask(call,
                 "<m:GetStreamUri><m:StreamSetup><t:Stream>RTP-Unicast</t:Stream><t:Transport><t:Protocol>RTSP"
                 "</t:Protocol></t:Transport></m:StreamSetup><m:ProfileToken>" +
                     escaped(profile) + "</m:ProfileToken></m:GetStreamUri>",
                 answer));
    std::string stream = std::string(trim(child_text(answer, "Uri")));
    if (!stream.starts_with("rtsp://") && !stream.starts_with("rtsps://"))
        return Error{Fault::Corrupt, shown + ": the camera gives no RTSP address"};
    // A camera that names another machine as its stream doesn't get our login sent there.
    if (!login.user.empty() && stream.find('@') == std::string::npos && host_of(stream) == host_of(service))
        stream.insert(stream.find("://") + 3, url_escaped(login.user) + ":" + url_escaped(login.password) + "@");
    return stream;
}

}  // namespace mien::media
