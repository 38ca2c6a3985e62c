#include "media/video/onvif.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

namespace mien::media {
namespace {

using std::chrono::milliseconds;

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const auto start = text.find(from);
    if (start == std::string::npos) return {};
    const auto end = text.find(to, start + from.size());
    return text.substr(start + from.size(), end - start - from.size());
}

// A simulated ONVIF camera on loopback: answers probes by UDP and SOAP by HTTP. No real camera was at hand.
class SimulatedCamera {
public:
    SimulatedCamera() : udp_(bound(SOCK_DGRAM, udp_port)), tcp_(bound(SOCK_STREAM, tcp_port)) {
        ::listen(tcp_, 8);
        thread_ = std::thread([this] { serve(); });
    }
    SimulatedCamera(const SimulatedCamera&) = delete;
    SimulatedCamera& operator=(const SimulatedCamera&) = delete;
    ~SimulatedCamera() {
        stop_ = true;
        thread_.join();
        ::close(udp_);
        ::close(tcp_);
    }
    std::string service() const { return "http://127.0.0.1:" + std::to_string(tcp_port) + "/onvif/device_service"; }

    int udp_port = 0;
    int tcp_port = 0;
    std::atomic<bool> talks_nonsense{false};
    std::string stream_host = "127.0.0.1";  // set before the first call

private:
    static int bound(int kind, int& port) {
        const int made = ::socket(AF_INET, kind | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        EXPECT_EQ(::bind(made, reinterpret_cast<sockaddr*>(&here), size), 0);
        ::getsockname(made, reinterpret_cast<sockaddr*>(&here), &size);
        port = ntohs(here.sin_port);
        return made;
    }
    void serve() {
        while (!stop_) {
            std::array<pollfd, 2> ready{{{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}}};
            if (::poll(ready.data(), ready.size(), 50) <= 0) continue;
            if ((ready[0].revents & POLLIN) != 0) answer_probe();
            if ((ready[1].revents & POLLIN) != 0) answer_call();
        }
    }
    void answer_probe() {
        std::array<char, 8192> buffer{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const ssize_t got =
            ::recvfrom(udp_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
        if (got <= 0) return;
        const std::string probe(buffer.data(), static_cast<std::size_t>(got));
        const std::string id = between(probe, "MessageID>", "<");
        if (probe.find("NetworkVideoTransmitter") == std::string::npos) return;
        const auto match = [&](const std::string& relates) {
            return "<?xml version='1.0'?><SOAP-ENV:Envelope><SOAP-ENV:Header><wsa:RelatesTo>" + relates +
                   "</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><wsdd:ProbeMatches><wsdd:ProbeMatch>"
                   "<wsa:EndpointReference><wsa:Address>urn:uuid:1234</wsa:Address></wsa:EndpointReference>"
                   "<wsdd:Scopes>onvif://www.onvif.org/name/Front%20door "
                   "onvif://www.onvif.org/hardware/X1</wsdd:Scopes>"
                   "<wsdd:XAddrs>" +
                   service() +
                   " http://[fe80::1]/onvif/device_service</wsdd:XAddrs>"
                   "</wsdd:ProbeMatch></wsdd:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>";
        };
        // Twice, as devices repeat themselves; then the answer to somebody else, and noise.
        for (const std::string& text : {match(id), match(id), match("uuid:other"), std::string("\x01\x02<<<")})
            ::sendto(udp_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
    void answer_call() {
        const int client = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
        std::string heard;
        std::array<char, 4096> buffer{};
        const auto whole = [&] {
            const auto head = heard.find("\r\n\r\n");
            const std::string length = between(heard, "Content-Length: ", "\r\n");
            return head != std::string::npos && !length.empty() && heard.size() >= head + 4 + std::stoul(length);
        };
        pollfd ready{client, POLLIN, 0};
        while (!whole() && ::poll(&ready, 1, 2000) > 0) {
            const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
            if (got <= 0) break;
            heard.append(buffer.data(), static_cast<std::size_t>(got));
        }
        const std::string body = talks_nonsense ? "GIF89a, no XML at all <" : soap(heard);
        const std::string status = body.empty() ? "401 Unauthorized" : "200 OK";
        const std::string answer = "HTTP/1.1 " + status + "\r\nContent-Type: application/soap+xml\r\nContent-Length: " +
                                   std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
        ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        ::close(client);
    }
    // Empty: the login is refused.
    std::string soap(const std::string& call) {
        last_call = call;
        const auto wrapped = [](const std::string& body) {
            return "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body>" + body +
                   "</e:Body></e:Envelope>";
        };
        if (call.find("GetCapabilities") != std::string::npos)
            return wrapped("<x:Capabilities><y:Media><y:XAddr>http://127.0.0.1:" + std::to_string(tcp_port) +
                           "/onvif/media</y:XAddr></y:Media></x:Capabilities>");
        if (call.find("<w:Username>anna<") == std::string::npos) return {};
        if (call.find("GetProfiles") != std::string::npos)
            return wrapped("<x:Profiles token='main'/><x:Profiles token='small'/>");
        if (call.find("ProfileToken>main<") != std::string::npos)
            return wrapped("<x:MediaUri><y:Uri> rtsp://" + stream_host + ":554/live?a=1&amp;b=2 </y:Uri></x:MediaUri>");
        return wrapped("<e:Fault><e:Reason><e:Text>no such profile</e:Text></e:Reason></e:Fault>");
    }

    int udp_;
    int tcp_;
    std::atomic<bool> stop_{false};
    std::thread thread_{};

public:
    std::string last_call{};
};

TEST(Onvif, FindsACameraOnce) {
    const SimulatedCamera camera;
    const auto found = discover_cameras({.wait = milliseconds(700), .group = "127.0.0.1", .port = camera.udp_port});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1u);
    EXPECT_EQ(found->front().endpoint, "urn:uuid:1234");
    EXPECT_EQ(found->front().name, "Front door");
    EXPECT_EQ(found->front().hardware, "X1");
    ASSERT_EQ(found->front().services.size(), 2u);
    EXPECT_EQ(found->front().services.front(), camera.service());
    EXPECT_FALSE(discover_cameras({.group = "nowhere"}));
}

TEST(Onvif, GivesTheStreamWithTheLoginInIt) {
    const SimulatedCamera camera;
    const auto stream = camera_stream(camera.service(), {"anna", "p@ss"});
    ASSERT_TRUE(stream) << stream.error().message;
    EXPECT_EQ(*stream, "rtsp://anna:p%40ss@127.0.0.1:554/live?a=1&b=2");
    EXPECT_EQ(camera.last_call.find("p@ss"), std::string::npos);  // a digest goes over the wire, not the password
    EXPECT_EQ(between(camera.last_call, "PasswordDigest\">", "<").size(), 28u);
}

TEST(Onvif, SendsNoLoginToAnotherMachine) {
    SimulatedCamera camera;
    camera.stream_host = "elsewhere.example";
    EXPECT_EQ(*camera_stream(camera.service(), {"anna", "secret"}), "rtsp://elsewhere.example:554/live?a=1&b=2");
}

TEST(Onvif, RefusalsAndNonsenseAreSaid) {
    SimulatedCamera camera;
    const auto refused = camera_stream(camera.service(), {"eve", "secret"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::BadInput);
    EXPECT_NE(refused.error().message.find("password"), std::string::npos);
    camera.talks_nonsense = true;
    EXPECT_EQ(camera_stream(camera.service(), {"anna", "x"}).error().fault, Fault::Corrupt);
    EXPECT_EQ(camera_stream("rtsp://a", {}).error().fault, Fault::BadInput);
}

}  // namespace
}  // namespace mien::media
