#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "media/video/address.h"
#include "media/video/live_source.h"
#include "media/video/thread_sanitizer_test.h"
#include "media/video/video_source.h"
#include "media/video/video_writer.h"
#include "media/write_picture.h"

namespace mien::media {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// The frame's number is written into its grey level: 10, 13, 16 …, and the left half is dark, so that turns show.
Picture numbered(int number, Size size = {64, 48}) {
    Picture picture(size);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            for (int c = 0; c < 3; ++c)
                picture.row(y)[x * 3 + c] = static_cast<std::uint8_t>(x < size.width / 2 ? 10 : 40 + 3 * number);
        }
    }
    return picture;
}
int number_in(const Picture& picture) {
    const std::uint8_t level = picture.row(picture.height() / 2)[(picture.width() * 3 / 4) * 3];
    return static_cast<int>(std::lround((level - 40) / 3.0));
}

class Video : public testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("mien-video-" + std::to_string(::getpid()) + "-" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::create_directories(folder);
    }
    void TearDown() override { fs::remove_all(folder); }

    fs::path film(int frames, const VideoWriterOptions& options = {}, Size size = {64, 48}) {
        const fs::path file = folder / "film.mp4";
        auto writer = VideoWriter::make(file, size, options);
        EXPECT_TRUE(writer) << writer.error().message;
        for (int i = 0; i < frames; ++i) EXPECT_TRUE(writer->add(numbered(i, size), milliseconds(i * i * 10)));
        EXPECT_TRUE(writer->finish());
        return file;
    }
    struct Seen {
        std::int64_t number = 0;
        milliseconds at{0};
        int shown = 0;
        bool operator==(const Seen&) const = default;
    };
    static std::vector<Seen> all_of(VideoSource& source) {
        std::vector<Seen> seen;
        while (true) {
            const auto frame = source.next();
            EXPECT_TRUE(frame) << frame.error().message;
            if (!frame || !*frame) return seen;
            seen.push_back({source.number(), (*frame)->at, number_in(*(*frame)->picture)});
        }
    }
    std::vector<Seen> all(const std::string& address, const VideoOptions& options = {}) {
        auto source = VideoSource::open(address, options);
        EXPECT_TRUE(source) << source.error().message;
        return source ? all_of(*source) : std::vector<Seen>();
    }

    fs::path folder{};
};

TEST_F(Video, ComesBackFrameByFrame) {
    const auto seen = all(film(30));
    ASSERT_EQ(seen.size(), 30u);
    for (int i = 0; i < 30; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], (Seen{i, milliseconds(40 * i), i}));
}

TEST_F(Video, KeepsTimesAsGiven) {
    const auto seen = all(film(12, {.timing = FrameTiming::AsGiven}));
    ASSERT_EQ(seen.size(), 12u);
    for (int i = 0; i < 12; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)].at, milliseconds(i * i * 10));
}

// Each start gives just what a run from the beginning gives from there on: numbers, times and pictures.
TEST_F(Video, StartsExactlyAtAnyFrameOrTime) {
    for (const FrameTiming timing : {FrameTiming::Constant, FrameTiming::AsGiven}) {
        const fs::path file = film(60, {.timing = timing});
        const auto whole = all(file);
        ASSERT_EQ(whole.size(), 60u);
        for (std::size_t start = 0; start < whole.size(); start += 7) {
            const std::vector<Seen> rest(whole.begin() + static_cast<std::ptrdiff_t>(start), whole.end());
            EXPECT_EQ(all(file, {.start_frame = whole[start].number}), rest) << start;
            EXPECT_EQ(all(file, {.start_at = whole[start].at}), rest) << start;
        }
    }
    EXPECT_TRUE(all(folder / "film.mp4", {.start_frame = 60}).empty());
}

// The seeds of the fuzzer: other containers and codecs, of which AVI tells no times of showing.
TEST_F(Video, StartsExactlyInEachContainer) {
    for (const char* name : {"h264.mp4", "h264.mkv", "h264.ts", "mjpeg.avi", "vp8.webm", "theora.ogv"}) {
        const std::string file = (fs::path(MIEN_SOURCE_DIR) / "tests/fuzz/corpus/video" / name).string();
        auto whole = VideoSource::open(file);
        auto later = VideoSource::open(file, {.start_frame = 3});
        ASSERT_TRUE(whole && later) << name;
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(*whole->next()) << name;
        for (int i = 3; i < 6; ++i) {
            const auto expected = whole->next();
            const auto found = later->next();
            ASSERT_TRUE(expected && found && *expected && *found) << name << i;
            EXPECT_EQ(later->number(), i) << name;
            EXPECT_EQ((*found)->at, (*expected)->at) << name << i;
            EXPECT_EQ(*(*found)->picture, *(*expected)->picture) << name << i;
        }
    }
}

TEST_F(Video, SkipsFramesAndScales) {
    const fs::path file = film(30);
    const auto third = all(file, {.every = 3});
    ASSERT_EQ(third.size(), 10u);
    EXPECT_EQ(third[4], (Seen{12, milliseconds(480), 12}));
    EXPECT_EQ(all(file, {.max_fps = 10}).size(), 12u);  // 1.2 s
    const auto keys = all(file, {.decode = DecodeFrames::KeyFrames});
    ASSERT_FALSE(keys.empty());
    EXPECT_LT(keys.size(), 5u);
    auto small = VideoSource::open(file, {.longest_side = 32});
    ASSERT_TRUE(small);
    EXPECT_EQ(small->info().size, (Size{32, 24}));
    EXPECT_EQ((*small->next())->picture->size(), (Size{32, 24}));
}

// The matrix of the track's head (ISO/IEC 14496-12, 8.3.2) set to a quarter turn to the right.
TEST_F(Video, IsTurnedUprightByItsRotation) {
    Bytes bytes = *read_file(film(3));
    const std::string mark = "tkhd";
    const auto head = std::ranges::search(bytes, mark).begin();
    ASSERT_NE(head, bytes.end());
    const std::array<std::uint32_t, 9> right{0, 0x10000, 0, 0xffff0000, 0, 0, 0, 0, 0x40000000};
    auto to = head + 4 + 40;
    for (const std::uint32_t value : right) {
        for (int shift = 24; shift >= 0; shift -= 8) *to++ = static_cast<std::uint8_t>(value >> shift);
    }
    auto source = VideoSource::open_bytes(bytes, "turned", {});
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_EQ(source->info().size, (Size{48, 64}));
    const auto frame = *source->next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->picture->size(), (Size{48, 64}));
    EXPECT_LT(frame->picture->row(10)[60], 25);  // the dark left half is on top now
    EXPECT_GT(frame->picture->row(54)[60], 30);
}

TEST_F(Video, LimitsAreCheckedBeforeDecoding) {
    const auto source = VideoSource::open(film(2), {.limits = {.max_pixels = 1000}});
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().fault, Fault::BadInput);
    EXPECT_NE(source.error().message.find("64 x 48"), std::string::npos);
}

TEST_F(Video, WrongFilesSayWhatIsWrong) {
    EXPECT_EQ(VideoSource::open(folder / "none.mp4").error().fault, Fault::NotFound);
    std::ofstream(folder / "text.mp4") << "this is no film, only words, words, words";
    const auto text = VideoSource::open(folder / "text.mp4");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().fault, Fault::Corrupt);
    EXPECT_NE(text.error().message.find("no video"), std::string::npos);
    // A playlist that names another file is not followed.
    const fs::path secret = film(2);
    std::ofstream(folder / "list.m3u8") << "#EXTM3U\n#EXTINF:1,\n" << secret.string() << "\n#EXT-X-ENDLIST\n";
    EXPECT_FALSE(VideoSource::open(folder / "list.m3u8"));
    EXPECT_EQ(VideoSource::open("ftp://host/film").error().fault, Fault::Unsupported);
    EXPECT_FALSE(VideoSource::open(secret, {.every = 0}));
    EXPECT_FALSE(VideoSource::open(secret, {.start_at = milliseconds(0), .start_frame = 0}));
}

TEST_F(Video, CutOffFilmsEndWithAnErrorOrFewerFrames) {
    const Bytes whole = *read_file(film(20));
    for (std::size_t size = 0; size < whole.size(); size += 97) {
        auto source =
            VideoSource::open_bytes(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), "cut");
        if (!source) continue;
        int frames = 0;
        while (frames < 100) {
            const auto frame = source->next();
            if (!frame || !*frame) break;
            ++frames;
        }
        EXPECT_LE(frames, 20);
    }
}

TEST_F(Video, PicturesOfAFolderAreASequence) {
    for (int i = 0; i < 12; ++i)
        ASSERT_TRUE(write_picture(numbered(i), folder / "seq" / ("shot" + std::to_string(i) + ".png")));
    const auto seen = all(folder / "seq", {.sequence_fps = 10, .start_at = milliseconds(450)});
    ASSERT_EQ(seen.size(), 7u);
    EXPECT_EQ(seen[0], (Seen{5, milliseconds(500), 5}));
    EXPECT_EQ(all((folder / "seq/shot1*.png").string()).size(), 3u);
    ASSERT_TRUE(write_file(folder / "seq" / "shot3.png", std::string_view("damaged")));
    auto source = VideoSource::open((folder / "seq").string());
    ASSERT_TRUE(source);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(source->next());
    EXPECT_FALSE(source->next());
}

TEST_F(Video, UnfinishedVideosLeaveNothing) {
    {
        auto writer = VideoWriter::make(folder / "film.mp4", {64, 48});
        ASSERT_TRUE(writer);
        ASSERT_TRUE(writer->add(numbered(0)));
        EXPECT_FALSE(writer->add(numbered(0, {32, 32})));
    }
    EXPECT_TRUE(fs::is_empty(folder));
    auto empty = VideoWriter::make(folder / "film.mp4", {64, 48});
    EXPECT_EQ(empty->finish().error().fault, Fault::BadInput);
    EXPECT_FALSE(VideoWriter::make(folder / "film.mp4", {1, 48}));
    EXPECT_EQ(VideoWriter::make(folder / "none/film.mp4", {64, 48}).error().fault, Fault::Unavailable);
}

TEST_F(Video, OddSidesLoseOneColumnAndRow) {
    auto source = VideoSource::open(film(2, {}, {65, 49}));
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().size, (Size{64, 48}));
}

// Widths that are no multiple of swscale's blocks: whole to the last column, and nothing is written behind the picture
// (the allocator and AddressSanitizer would tell).
TEST_F(Video, AnyWidthIsWholeToItsLastColumn) {
    for (const int width : {2, 18, 34, 50, 62, 64, 70, 98, 126, 330}) {
        const fs::path file = film(3, {.quality = 1}, {width, 50});
        for (const int longest : {0, 47}) {
            auto source = VideoSource::open(file, {.longest_side = longest});
            ASSERT_TRUE(source) << source.error().message;
            const auto picture = (*source->next())->picture;
            if (width < 18) continue;  // too narrow for two even halves
            for (const int y : {0, picture->height() - 1})
                EXPECT_NEAR(picture->row(y)[(picture->width() - 1) * 3], 40, 8) << width << " " << longest << " " << y;
        }
    }
}

// A full disk, by a limit on the size of files: an error with the system's reason, and the old video stays.
TEST_F(Video, FullDisksAreSaid) {
    const fs::path file = film(3);
    const Bytes before = *read_file(file);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    rlimit few = old;
    few.rlim_cur = 20000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &few), 0);
    Status written{};
    {
        auto writer = VideoWriter::make(file, {640, 480}, {.quality = 0});
        Picture noise({640, 480});
        std::uint32_t state = 1;
        for (int i = 0; i < 30 && written; ++i) {
            for (std::uint8_t& value : noise.pixels())
                value = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
            written = writer->add(noise);
        }
        if (written) written = writer->finish();
    }
    setrlimit(RLIMIT_FSIZE, &old);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().fault, Fault::Unavailable);
    EXPECT_NE(written.error().message.find("large"), std::string::npos) << written.error().message;
    EXPECT_EQ(*read_file(file), before);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST(Address, NeverShowsCredentials) {
    EXPECT_EQ(shown_address("rtsp://anna:se@cr/et@cam.local:554/live?token=abc"), "rtsp://cam.local:554/live?...");
    EXPECT_EQ(shown_address("http://cam/a.mp4"), "http://cam/a.mp4");
    EXPECT_EQ(parse_address("/dev/video0")->kind, SourceKind::Device);
    EXPECT_EQ(parse_address("v4l2:///dev/video2")->location, "/dev/video2");
    EXPECT_EQ(parse_address("file:///tmp/a.mp4")->location, "/tmp/a.mp4");
    const auto refused = VideoSource::open("rtsp://anna:secret@127.0.0.1:1/live");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::Unavailable);
    EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
}

TEST(StreamClock, TakesALeapAheadForAStepBack) {
    StreamClock clock;
    (void)clock.tell(milliseconds(1000), milliseconds(0));
    EXPECT_EQ(clock.tell(milliseconds(1040), milliseconds(40)).at, milliseconds(40));
    const StreamClock::Told told = clock.tell(milliseconds(1080 + 44'000'000), milliseconds(85));
    EXPECT_TRUE(told.jumped_back);
    EXPECT_EQ(told.at, milliseconds(85));
    EXPECT_EQ(clock.tell(milliseconds(1120 + 44'000'000), milliseconds(130)).at, milliseconds(125));
    // A pause that the wall clock saw, too, is a pause.
    EXPECT_FALSE(clock.tell(milliseconds(1120 + 44'100'000), milliseconds(100'140)).jumped_back);
}

TEST(StreamClock, NeverGoesBack) {
    StreamClock clock;
    EXPECT_EQ(clock.tell(milliseconds(5000), milliseconds(0)).at, milliseconds(0));
    EXPECT_EQ(clock.tell(milliseconds(5040), milliseconds(45)).at, milliseconds(40));
    const auto back = clock.tell(milliseconds(100), milliseconds(90));  // the camera's clock was set back
    EXPECT_TRUE(back.jumped_back);
    EXPECT_EQ(back.at, milliseconds(90));
    EXPECT_EQ(clock.tell(milliseconds(140), milliseconds(130)).at, milliseconds(130));
    clock.restart();  // connected again after 3 s
    const auto again = clock.tell(milliseconds(0), milliseconds(3130));
    EXPECT_FALSE(again.jumped_back);
    EXPECT_EQ(again.at, milliseconds(3130));
}

TEST_F(Video, LiveSourcesDropTheOldestAndCount) {
    auto source = LiveSource::start(film(50), {.queue = 4, .first_wait = milliseconds(20000)});
    ASSERT_TRUE(source);
    for (int i = 0; i < 500 && source->statistics().failures + source->statistics().read < 50; ++i)
        std::this_thread::sleep_for(milliseconds(20));
    EXPECT_EQ(source->statistics().read, 50u);
    EXPECT_EQ(source->statistics().dropped, 46u);
    for (int i = 46; i < 50; ++i) EXPECT_EQ(number_in(*source->next(milliseconds(100))->picture), i);
    EXPECT_FALSE(source->next(milliseconds(10)));
    std::vector<LiveEvent> events;
    for (int i = 0; i < 100 && events.size() < 2; ++i) {
        for (LiveEvent& event : source->take_events()) events.push_back(event);
        std::this_thread::sleep_for(milliseconds(10));
    }
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].kind, LiveEventKind::Connected);
    EXPECT_EQ(events[1].kind, LiveEventKind::Lost);
    EXPECT_FALSE(LiveSource::start("", {}));
    EXPECT_FALSE(LiveSource::start("rtsp://a/b", {.queue = 0}));
}

}  // namespace
}  // namespace mien::media
