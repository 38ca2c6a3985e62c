#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

namespace mien {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
protected:
    fs::path folder = fs::temp_directory_path() / ("mien-base-test-" + std::to_string(::getpid()));
    void SetUp() override { fs::create_directories(folder); }
    void TearDown() override { fs::remove_all(folder); }
    long files() const { return std::distance(fs::directory_iterator(folder), {}); }
};

TEST_F(Files, WritesWholeFilesAndReadsThem) {
    ASSERT_TRUE(write_file(folder / "new/place.txt", std::string_view("hello")));
    const auto bytes = read_file(folder / "new/place.txt");
    ASSERT_TRUE(bytes);
    EXPECT_EQ(std::string(bytes->begin(), bytes->end()), "hello");
}

TEST_F(Files, SaysWhyItCanNotRead) {
    EXPECT_EQ(read_file(folder / "none").error().fault, Fault::NotFound);
    EXPECT_EQ(read_file(folder).error().fault, Fault::BadInput);
    EXPECT_EQ(read_file("/dev/zero").error().fault, Fault::BadInput);
    ASSERT_TRUE(write_file(folder / "big", std::string_view("0123456789")));
    EXPECT_EQ(read_file(folder / "big", 9).error().fault, Fault::BadInput);
}

// A limit on file sizes stands in for a full disk: the write fails in the middle.
TEST_F(Files, AFullDiskLeavesTheOldFileAndNoPart) {
    ASSERT_TRUE(write_file(folder / "kept", std::string_view("old")));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{1000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const Status written = write_file(folder / "kept", std::string(5000, 'x'));
    setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().fault, Fault::Unavailable);
    EXPECT_EQ(files(), 1);
    EXPECT_EQ(read_file(folder / "kept")->size(), 3u);
}

TEST(Hash, KnownAnswer) {
    EXPECT_EQ(sha256_of(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Text, Base64) {
    EXPECT_EQ(*decode_base64("Qmlhc0FkZA=="), "BiasAdd");
    EXPECT_EQ(*decode_base64(""), "");
    for (const char* wrong : {"Qml", "Q*lh", "Qml hc0=", "====="}) EXPECT_FALSE(decode_base64(wrong)) << wrong;
}

TEST(Text, NearestName) {
    const std::vector<std::string> names{"centerface", "facemesh"};
    EXPECT_EQ(nearest("centreface", names), "centerface");
    EXPECT_EQ(nearest("zzzzzz", names), "");
    EXPECT_EQ(human_bytes(7304518), "7.3 MB");
    EXPECT_EQ(split("a,,b", ',').size(), 3u);
}

TEST(ByteReader, StopsAtTheEnd) {
    const Bytes bytes{1, 2, 3};
    ByteReader in(bytes);
    EXPECT_EQ(*in.number<std::uint16_t>(), 0x0201);
    EXPECT_EQ(in.number<std::uint16_t>().error().fault, Fault::Corrupt);
    EXPECT_EQ(in.take(~std::uint64_t{0}).error().fault, Fault::Corrupt);
}

}  // namespace
}  // namespace mien
