#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "media/video/live_source.h"
#include "media/video/thread_sanitizer_test.h"

extern char** environ;

namespace mien::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// tests/rtsp/rtsp_server.cpp as a process of its own; killed with this object.
class Camera {
public:
    explicit Camera(std::vector<std::string> words = {}, int port = 0) {
        words.insert(words.begin(), {MIEN_RTSP_SERVER, "--port", std::to_string(port)});
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        std::array<int, 2> pipe{};
        if (::pipe(pipe.data()) != 0) return;
        posix_spawn_file_actions_t actions{};
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, pipe[0]);
        if (posix_spawn(&process_, MIEN_RTSP_SERVER, &actions, nullptr, argv.data(), environ) != 0) process_ = -1;
        posix_spawn_file_actions_destroy(&actions);
        ::close(pipe[1]);
        std::string line;
        for (char c = 0; ::read(pipe[0], &c, 1) == 1 && c != '\n';) line += c;
        ::close(pipe[0]);
        if (line.starts_with("port ")) port_ = std::atoi(line.c_str() + 5);
    }
    Camera(const Camera&) = delete;
    Camera& operator=(const Camera&) = delete;
    ~Camera() { kill(); }

    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
    int port() const { return port_; }
    std::string address(const std::string& who = "") const {
        return "rtsp://" + who + "127.0.0.1:" + std::to_string(port_) + "/live";
    }

private:
    pid_t process_ = -1;
    int port_ = 0;
};

// Collects events until one of this kind came or the time is over.
bool waits_for(LiveSource& source, LiveEventKind kind, std::vector<LiveEvent>& events, seconds most = seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + most;
    const auto came = [&] { return std::ranges::any_of(events, [&](const LiveEvent& e) { return e.kind == kind; }); };
    while (!came() && std::chrono::steady_clock::now() < end) {
        (void)source.next(milliseconds(50));
        for (LiveEvent& event : source.take_events()) events.push_back(std::move(event));
    }
    return came();
}

LiveOptions quick() {
    LiveOptions options;
    options.first_wait = milliseconds(100);
    options.longest_wait = milliseconds(500);
    options.video.read_deadline = seconds(3);
    options.video.threads = 1;
    return options;
}

class Rtsp : public testing::TestWithParam<Transport> {};

TEST_P(Rtsp, GivesFramesWithTimes) {
    const Camera camera;
    ASSERT_GT(camera.port(), 0);
    auto source = VideoSource::open(camera.address(), {.transport = GetParam(), .threads = 1});
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_TRUE(source->info().live);
    EXPECT_EQ(source->info().codec, "h264");
    EXPECT_EQ(source->info().size, (Size{320, 240}));
    milliseconds last{-1};
    for (int i = 0; i < 20; ++i) {
        const auto frame = source->next();
        ASSERT_TRUE(frame) << frame.error().message;
        ASSERT_TRUE(*frame);
        EXPECT_GE((*frame)->at, last);  // the first two can share a time, before the server has told its clock
        EXPECT_TRUE((*frame)->taken);
        last = (*frame)->at;
    }
    EXPECT_GT(last, milliseconds(600));  // 19 frames at 25 a second
    EXPECT_LT(last, milliseconds(3000));
}
INSTANTIATE_TEST_SUITE_P(, Rtsp, testing::Values(Transport::Tcp, Transport::Udp),
                         [](const auto& given) { return given.param == Transport::Tcp ? "tcp" : "udp"; });

TEST(RtspLogin, WorksAndFailsClearly) {
    const Camera camera({"--user", "anna", "--password", "right"});
    ASSERT_GT(camera.port(), 0);
    auto source = VideoSource::open(camera.address("anna:right@"));
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_TRUE(source->next());
    for (const char* who : {"anna:wrong@", ""}) {
        const auto refused = VideoSource::open(camera.address(who));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().fault, Fault::BadInput);
        EXPECT_NE(refused.error().message.find("password"), std::string::npos);
        EXPECT_EQ(refused.error().message.find("wrong@"), std::string::npos);
    }
}

// Killed while it sends, back on the same port with another size.
TEST(RtspLive, ComesBackAfterACrashWithAnotherSize) {
    auto camera = std::make_unique<Camera>();
    ASSERT_GT(camera->port(), 0);
    const int port = camera->port();
    auto source = LiveSource::start(camera->address(), quick());
    ASSERT_TRUE(source);
    std::vector<LiveEvent> events;
    ASSERT_TRUE(waits_for(*source, LiveEventKind::Connected, events));
    const auto before = source->next(seconds(5));
    ASSERT_TRUE(before);
    camera->kill();
    ASSERT_TRUE(waits_for(*source, LiveEventKind::Lost, events));
    EXPECT_FALSE(source->statistics().connected);
    EXPECT_FALSE(source->statistics().last_error.empty());
    const Camera again({"--size", "160x120"}, port);
    ASSERT_EQ(again.port(), port);
    ASSERT_TRUE(waits_for(*source, LiveEventKind::Reconnected, events));
    ASSERT_TRUE(waits_for(*source, LiveEventKind::ResolutionChanged, events));
    const auto after = source->next(seconds(5));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->picture->size(), (Size{160, 120}));
    EXPECT_GT(after->at, before->at);
    EXPECT_EQ(source->statistics().reconnects, 1u);
}

TEST(RtspLive, SlowReadersLoseTheOldestFrames) {
    const Camera camera;
    auto source = LiveSource::start(camera.address(), quick());
    ASSERT_TRUE(source);
    std::vector<LiveEvent> events;
    ASSERT_TRUE(waits_for(*source, LiveEventKind::Connected, events));
    std::this_thread::sleep_for(seconds(2));
    const LiveStatistics seen = source->statistics();
    EXPECT_GT(seen.dropped, 10u);
    EXPECT_LE(seen.read - seen.dropped, 4u + 100u);
    const auto frame = source->next(seconds(1));
    ASSERT_TRUE(frame);
    // The queue of 4 frames holds at most about 160 ms; what waits is fresh (2 s is for a busy machine).
    EXPECT_LT(source->statistics().last_wait, seconds(2));
}

// A TCP server that talks nonsense, or says nothing at all, for as long as somebody listens.
class Babbler {
public:
    enum class Talk { Nonsense, Nothing };
    explicit Babbler(Talk talk) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(socket_, 8) != 0) return;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &size);
        port_ = ntohs(here.sin_port);
        thread_ = std::thread([this, talk] { serve(talk); });
    }
    Babbler(const Babbler&) = delete;
    Babbler& operator=(const Babbler&) = delete;
    ~Babbler() {
        stop_ = true;
        ::shutdown(socket_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        ::close(socket_);
    }
    std::string address() const { return "rtsp://127.0.0.1:" + std::to_string(port_) + "/live"; }

private:
    void serve(Talk talk) {
        std::vector<int> heard;
        while (!stop_) {
            const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) break;
            heard.push_back(client);
            std::string nonsense;
            for (int i = 0; i < 4000; ++i) nonsense += static_cast<char>(i * 37 % 251);
            for (int i = 0; talk == Talk::Nonsense && i < 50; ++i) {
                if (::send(client, nonsense.data(), nonsense.size(), MSG_NOSIGNAL) < 0) break;
            }
            if (talk == Talk::Nonsense) ::shutdown(client, SHUT_WR);
        }
        for (const int client : heard) ::close(client);
    }
    int socket_ = -1;
    int port_ = 0;
    std::atomic<bool> stop_{false};
    std::thread thread_{};
};

TEST(RtspGarbage, IsAnErrorWithinTheDeadline) {
    for (const Babbler::Talk talk : {Babbler::Talk::Nonsense, Babbler::Talk::Nothing}) {
        const Babbler babbler(talk);
        const auto start = std::chrono::steady_clock::now();
        const auto source = VideoSource::open(babbler.address(), {.open_deadline = seconds(2)});
        ASSERT_FALSE(source);
        EXPECT_FALSE(source.error().message.empty());
        EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(6));
    }
}

// One bad source beside a good one: the good one goes on.
TEST(RtspGarbage, StopsNoOtherSource) {
    const Babbler babbler(Babbler::Talk::Nothing);
    const Camera camera;
    auto bad = LiveSource::start(babbler.address(), quick());
    auto good = LiveSource::start(camera.address(), quick());
    ASSERT_TRUE(bad && good);
    int frames = 0;
    for (int i = 0; i < 100 && frames < 30; ++i) frames += good->next(milliseconds(500)) ? 1 : 0;
    EXPECT_EQ(frames, 30);
    EXPECT_FALSE(bad->statistics().connected);
    const auto start = std::chrono::steady_clock::now();
    { const LiveSource gone = std::move(*bad); }
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(3));  // in the middle of waiting for an answer
}

}  // namespace
}  // namespace mien::media
