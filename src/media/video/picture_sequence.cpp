#include "image/resize.h"
#include "media/list_pictures.h"
#include "media/video/reader.h"

namespace mien::media {
namespace {

class PictureSequence final : public VideoSource::Reader {
public:
    PictureSequence(SourceAddress address, std::vector<std::filesystem::path> files, VideoOptions options)
        : address_(std::move(address)), files_(std::move(files)), options_(std::move(options)) {}

    // Reads the first picture: its size is the sequence's, and a wrong folder is told at once.
    Status begin() {
        MIEN_LET(first, read_frame(files_.front(), options_.limits));
        size_ = fitted(first.picture->size(), options_.longest_side);
        if (options_.start_frame) next_ = *options_.start_frame;
        if (options_.start_at) {
            next_ = static_cast<std::int64_t>(
                std::ceil(static_cast<double>(options_.start_at->count()) * options_.sequence_fps / 1000 - 1e-9));
        }
        return {};
    }

    VideoInfo info() const override {
        VideoInfo info{address_.shown, "pictures", "pictures"};
        info.size = size_;
        info.fps = options_.sequence_fps;
        info.frames = static_cast<std::int64_t>(files_.size());
        info.length = time_of(*info.frames);
        return info;
    }

    Result<std::optional<Step>> advance() override {
        if (next_ >= static_cast<std::int64_t>(files_.size())) return std::optional<Step>();
        current_ = next_++;
        return std::optional<Step>(Step{current_, time_of(current_)});
    }

    Result<Picture> picture() override {
        MIEN_LET(frame, read_frame(files_[static_cast<std::size_t>(current_)], options_.limits));
        const Size wanted = fitted(frame.picture->size(), options_.longest_side);
        if (wanted == frame.picture->size()) return *frame.picture;
        return image::resize(*frame.picture, wanted);
    }

private:
    std::chrono::milliseconds time_of(std::int64_t number) const {
        return std::chrono::milliseconds(std::llround(static_cast<double>(number) * 1000 / options_.sequence_fps));
    }

    SourceAddress address_;
    std::vector<std::filesystem::path> files_;
    VideoOptions options_;
    Size size_{};
    std::int64_t next_ = 0;
    std::int64_t current_ = 0;
};

}  // namespace

Result<std::unique_ptr<VideoSource::Reader>> open_sequence(const SourceAddress& address, const VideoOptions& options) {
    const std::vector<std::string> inputs{address.location};
    MIEN_LET(files, list_pictures(inputs));
    auto sequence = std::make_unique<PictureSequence>(address, std::move(files), options);
    MIEN_TRY(sequence->begin());
    return std::unique_ptr<VideoSource::Reader>(std::move(sequence));
}

}  // namespace mien::media
