#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "image/draw.h"
#include "media/video/video_source.h"
#include "media/video/video_writer.h"
#include "pipeline/watcher.h"

namespace mien::cli {

struct WatchPictureOptions {
    std::string video{};  // .mp4; empty: none
    std::string heat{};   // .png
    std::string paths{};  // .png
};

// The pictures that a watch leaves: the video with what was seen in it, a heat map, the paths.
class WatchPictures {
public:
    // `suffix` stands before the files' endings, so that several sources don't write into one.
    WatchPictures(const WatchPictureOptions& options, const pipeline::WatchOptions& wanted, const std::string& suffix);

    Status open(const media::VideoInfo& info);
    Status add(const Frame& frame, const pipeline::Glimpse& glimpse, const pipeline::Watcher& watcher);
    void keep_path(const Sighting& sighting);
    Result<Json> finish(const pipeline::Watcher& watcher);  // {"video": FILE, …}

private:
    std::vector<image::Stroke> fixed_strokes(const pipeline::Watcher* watcher) const;

    WatchPictureOptions options_;
    const pipeline::WatchOptions& wanted_;
    std::optional<media::VideoWriter> writer_{};
    double fps_ = 25;
    std::shared_ptr<const Picture> last_{};
    std::map<std::int64_t, std::vector<Point>> trails_{};  // the last feet of everybody there
    std::vector<image::Stroke> paths_{};
};

}  // namespace mien::cli
