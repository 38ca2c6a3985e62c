#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <pugixml.hpp>
#include <sstream>
#include <system_error>

#include "base/text.h"
#include "media/video/onvif.h"
#include "media/video/xml.h"

namespace mien::media {
namespace {

class Socket {
public:
    explicit Socket(int handle) : handle_(handle) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (handle_ >= 0) ::close(handle_);
    }
    int get() const { return handle_; }

private:
    int handle_;
};

Error network_error(const std::string& what) {
    return {Fault::Unavailable, what + ": " + std::generic_category().message(errno)};
}

// A random UUID (RFC 4122, version 4).
Result<std::string> new_uuid() {
    std::array<unsigned char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return network_error("no random bytes");
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

std::string probe_of(const std::string& id) {
    return R"(<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" )"
           R"(xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" )"
           R"(xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" )"
           R"(xmlns:n="http://www.onvif.org/ver10/network/wsdl"><s:Header>)"
           R"(<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>)"
           "<a:MessageID>uuid:" +
           id +
           "</a:MessageID>"
           R"(<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>)"
           "<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>";
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

// "onvif://www.onvif.org/name/Front%20door" → "Front door"
std::string scope_value(const std::vector<std::string>& scopes, std::string_view kind) {
    const std::string head = "onvif://www.onvif.org/" + std::string(kind) + "/";
    for (const std::string& scope : scopes) {
        if (!scope.starts_with(head)) continue;
        std::string value;
        for (std::size_t i = head.size(); i < scope.size(); ++i) {
            if (scope[i] != '%' || i + 2 >= scope.size()) {
                value += scope[i];
                continue;
            }
            const auto hex = [](char c) { return std::string_view("0123456789abcdef").find(lower({&c, 1})); };
            const auto high = hex(scope[i + 1]);
            const auto low = hex(scope[i + 2]);
            if (high == std::string_view::npos || low == std::string_view::npos) return value;
            value += static_cast<char>(high * 16 + low);
            i += 2;
        }
        return value;
    }
    return {};
}

// Answers to other probes, and what is no answer, add nothing.
void add_answers(std::string_view answer, const std::string& id, std::vector<FoundCamera>& found) {
    pugi::xml_document document;
    if (!document.load_buffer(answer.data(), answer.size())) return;
    if (!child_text(document, "RelatesTo").ends_with(id)) return;
    for (const pugi::xml_node& match : all_named(document, "ProbeMatch")) {
        FoundCamera camera{child_text(match, "Address"), words_of(child_text(match, "XAddrs"))};
        const auto scopes = words_of(child_text(match, "Scopes"));
        camera.name = scope_value(scopes, "name");
        camera.hardware = scope_value(scopes, "hardware");
        const auto same = [&](const FoundCamera& other) { return other.endpoint == camera.endpoint; };
        if (!camera.services.empty() && std::ranges::none_of(found, same)) found.push_back(std::move(camera));
    }
}

}  // namespace

Result<std::vector<FoundCamera>> discover_cameras(const DiscoverOptions& options) {
    sockaddr_in group{};
    group.sin_family = AF_INET;
    if (options.port < 1 || options.port > 65535)
        return Error{Fault::BadInput, "the port must be 1..65535, got " + std::to_string(options.port)};
    group.sin_port = htons(static_cast<std::uint16_t>(options.port));
    if (::inet_pton(AF_INET, options.group.c_str(), &group.sin_addr) != 1)
        return Error{Fault::BadInput, "'" + options.group + "' is no IPv4 address"};
    const Socket socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0) return network_error("no socket for the search of cameras");
    MIEN_LET(id, new_uuid());
    const std::string probe = probe_of(id);
    if (::sendto(socket.get(), probe.data(), probe.size(), 0, reinterpret_cast<const sockaddr*>(&group), sizeof group) <
        0)
        return network_error("the search for cameras can't be sent");
    std::vector<FoundCamera> found;
    std::string answer(65536, '\0');
    const auto end = std::chrono::steady_clock::now() + options.wait;
    constexpr std::size_t most = 4096;  // cameras; more is a flood
    while (found.size() < most) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) break;
        pollfd ready{socket.get(), POLLIN, 0};
        if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
        const ssize_t size = ::recv(socket.get(), answer.data(), answer.size(), 0);
        if (size > 0) add_answers(std::string_view(answer).substr(0, static_cast<std::size_t>(size)), id, found);
    }
    return found;
}

}  // namespace mien::media
