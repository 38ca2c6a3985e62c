#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "media/read_picture.h"
#include "types/frame.h"

namespace mien::media {

enum class Transport { Tcp, Udp };           // of RTSP
enum class Hardware { Off, WhereThere };     // decoding by a device (VAAPI, …); without one the CPU decodes
enum class DecodeFrames { All, KeyFrames };  // key frames alone cost a fraction, but come seconds apart

struct VideoOptions {
    Transport transport = Transport::Tcp;
    Hardware hardware = Hardware::Off;
    DecodeFrames decode = DecodeFrames::All;
    int threads = 0;           // of the decoder; 0: one a core
    int every = 1;             // keep each n-th frame, 1 = all; the others are decoded, not converted
    double max_fps = 0;        // keep at most so many a second of stream time; 0: all
    int longest_side = 0;      // pixels; larger pictures are scaled down to it while they are converted; 0: as they are
    double sequence_fps = 25;  // of an image sequence
    // Where a file or sequence starts: its first frame not before this time, or the frame of this number (from 0).
    std::optional<std::chrono::milliseconds> start_at{};
    std::optional<std::int64_t> start_frame{};
    DecodeLimits limits{};                           // max_pixels holds for each frame, max_file_bytes for sequences
    std::chrono::milliseconds open_deadline{10000};  // for connecting, and for finding out what is in the stream
    std::chrono::milliseconds read_deadline{10000};  // for each further frame
    std::function<bool()> give_up{};                 // asked while a call blocks, from the calling thread; true ends it
};

struct VideoInfo {
    std::string source{};     // the address without credentials
    std::string container{};  // "mov,mp4,…", "rtsp"; "pictures" of a sequence
    std::string codec{};      // "h264"
    std::string device{};     // that decodes: "vaapi"; empty: the CPU
    Size size{};              // as given: upright and scaled
    double fps = 0;           // 0: not told
    bool live = false;
    std::optional<std::chrono::milliseconds> length{};
    std::optional<std::int64_t> frames{};  // as the container tells
};

// Reads frames of a file, stream, camera or image sequence in order: upright, 8-bit RGB. Frame::at is the time since
// the stream's start; Frame::taken the wall clock on arrival for live sources, the recording time for files that tell
// it. Thread rule: one thread at a time. next() blocks until there is a frame, the deadline has passed or give_up says
// so.
class VideoSource {
public:
    // Errors: NotFound; BadInput for wrong options, credentials, sizes over the limits or files that are no video;
    // Unavailable for what doesn't answer in time; Unsupported for codecs that this build lacks; Corrupt.
    static Result<VideoSource> open(const std::string& address, const VideoOptions& options = {});
    // A film held in memory; `name` stands for it in messages.
    static Result<VideoSource> open_bytes(Bytes film, std::string name, const VideoOptions& options = {});

    VideoSource(VideoSource&&) noexcept;
    VideoSource& operator=(VideoSource&&) noexcept;
    ~VideoSource();

    // Nothing at the end. Damaged parts are skipped and counted; Corrupt when nothing else comes.
    Result<std::optional<Frame>> next();

    const VideoInfo& info() const { return info_; }
    std::int64_t number() const { return number_; }  // of the last frame, from 0, skipped ones counted; -1: none yet
    std::int64_t damaged() const;                    // packets that could not be decoded

    struct Reader;  // src/media/video/reader.h

private:
    VideoSource(std::unique_ptr<Reader> reader, const VideoOptions& options, VideoInfo info);
    bool wanted(std::int64_t number, std::chrono::milliseconds at);

    std::unique_ptr<Reader> reader_;
    VideoOptions options_;
    VideoInfo info_;
    std::int64_t number_ = -1;
    std::optional<std::int64_t> last_slot_{};
};

}  // namespace mien::media
