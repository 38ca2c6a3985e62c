#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "base/result.h"
#include "types/picture.h"

namespace mien::media {

// Constant: frame n is shown at n / fps, whatever its time. AsGiven: each frame is shown at the time it comes with.
enum class FrameTiming { Constant, AsGiven };

struct VideoWriterOptions {
    double fps = 25;  // over 0, at most 240; with AsGiven the rate players are told
    FrameTiming timing = FrameTiming::Constant;
    int quality = 23;  // of H.264 (its constant rate factor): 0 lossless … 51 worst
    int threads = 0;   // of the encoder; 0: one a core
};

// Writes pictures as an MP4: H.264 where libavcodec has libx264, else MPEG-4 part 2. It is written beside the target
// and renamed by finish(): a reader sees no unfinished video. Without finish() nothing is left. Odd sides lose their
// last column or row (4:2:0 has none). Thread rule: one thread at a time.
class VideoWriter {
public:
    // Errors: BadInput for sizes under 2 x 2, over 16384, or wrong options; Unavailable when the disk refuses.
    static Result<VideoWriter> make(const std::filesystem::path& file, Size size,
                                    const VideoWriterOptions& options = {});
    VideoWriter(VideoWriter&&) noexcept;
    VideoWriter& operator=(VideoWriter&&) noexcept;
    ~VideoWriter();

    // Errors: BadInput for another size or a time not after the last (AsGiven); Unavailable when the disk is full.
    Status add(const Picture& picture, std::chrono::milliseconds at = {});
    // Writes what the encoder holds, flushes to the disk and renames. Call once; BadInput when no picture was added.
    Status finish();

    const std::string& codec() const;

private:
    struct Encoder;
    explicit VideoWriter(std::unique_ptr<Encoder> encoder);
    std::unique_ptr<Encoder> encoder_;
};

}  // namespace mien::media
