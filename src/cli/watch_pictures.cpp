#include "cli/watch_pictures.h"

#include <filesystem>

#include "media/write_picture.h"

namespace mien::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t trail_length = 40;  // frames

std::string with_suffix(const std::string& file, const std::string& suffix) {
    if (file.empty() || suffix.empty()) return file;
    const fs::path path = file;
    return (path.parent_path() / (path.stem().string() + suffix + path.extension().string())).string();
}

// Neighbouring numbers get colours far apart: steps of the golden angle around the colour circle.
image::Colour colour_of(std::int64_t number) {
    const double hue = std::fmod(static_cast<double>(number) * 0.61803398875, 1.0) * 6;
    const auto part = [&](double shift) {
        const double place = std::fmod(hue + shift, 6.0);
        return std::clamp(std::abs(place - 3) - 1, 0.0, 1.0) * 0.7 + 0.15;
    };
    return {part(0), part(4), part(2)};
}

}  // namespace

WatchPictures::WatchPictures(const WatchPictureOptions& options, const pipeline::WatchOptions& wanted,
                             const std::string& suffix)
    : options_{with_suffix(options.video, suffix), with_suffix(options.heat, suffix),
               with_suffix(options.paths, suffix)},
      wanted_(wanted) {}

Status WatchPictures::open(const media::VideoInfo& info) {
    if (info.fps > 0 && info.fps <= 240) fps_ = info.fps;
    return {};
}

std::vector<image::Stroke> WatchPictures::fixed_strokes(const pipeline::Watcher* watcher) const {
    std::vector<image::Stroke> strokes;
    for (const pipeline::WatchZone& zone : wanted_.zones)
        strokes.push_back(
            {.points = zone.corners, .end = image::Stroke::End::Closed, .label = zone.name, .colour = {0.2, 0.5, 0.9}});
    const auto counts = watcher == nullptr ? std::vector<pipeline::LineCount>{} : watcher->lines();
    for (std::size_t i = 0; i < wanted_.lines.size(); ++i) {
        const pipeline::WatchLine& line = wanted_.lines[i];
        std::string label = line.name;
        if (i < counts.size())
            label += ": " + std::to_string(counts[i].in.value) + " in, " + std::to_string(counts[i].out.value) + " out";
        strokes.push_back(
            {.points = {line.line.a, line.line.b}, .end = image::Stroke::End::Arrow, .label = std::move(label)});
    }
    return strokes;
}

Status WatchPictures::add(const Frame& frame, const pipeline::Glimpse& glimpse, const pipeline::Watcher& watcher) {
    last_ = frame.picture;
    if (options_.video.empty()) return {};
    std::vector<image::Mark> marks;
    std::vector<image::Stroke> strokes = fixed_strokes(&watcher);
    std::map<std::int64_t, std::vector<Point>> trails;
    for (const TrackedRegion& one : glimpse.people) {
        const image::Colour colour = colour_of(one.track);
        marks.push_back({.box = one.box, .dots = {}, .label = std::to_string(one.track), .colour = colour});
        auto& trail = trails[one.track];
        trail = std::move(trails_[one.track]);
        trail.push_back(track::feet_of(one.box));
        if (trail.size() > trail_length) trail.erase(trail.begin());
        strokes.push_back({.points = trail, .label = {}, .colour = colour, .width = 0.7});
    }
    trails_ = std::move(trails);
    if (!writer_) {
        MIEN_LET(writer, media::VideoWriter::make(options_.video, frame.picture->size(),
                                                  {.fps = fps_, .timing = media::FrameTiming::AsGiven}));
        writer_.emplace(std::move(writer));
    }
    return writer_->add(image::draw(*frame.picture, marks, strokes), frame.at);
}

void WatchPictures::keep_path(const Sighting& sighting) {
    if (options_.paths.empty()) return;
    image::Stroke path{.label = {}, .colour = colour_of(sighting.track), .width = 0.8};
    for (const PathPoint& point : sighting.path) path.points.push_back(point.foot);
    paths_.push_back(std::move(path));
}

Result<Json> WatchPictures::finish(const pipeline::Watcher& watcher) {
    Json files = Json::object();
    if (writer_) {
        MIEN_TRY(writer_->finish());
        files["video"] = options_.video;
    }
    if (!last_) return files;
    if (!options_.heat.empty() && watcher.heat() != nullptr) {
        const Picture shown = image::draw_heat(*last_, watcher.heat()->seconds(), watcher.heat()->grid());
        MIEN_TRY(media::write_picture(image::draw(shown, {}, fixed_strokes(&watcher)), options_.heat));
        files["heat"] = options_.heat;
    }
    if (!options_.paths.empty()) {
        auto strokes = paths_;
        for (image::Stroke& stroke : fixed_strokes(&watcher)) strokes.push_back(std::move(stroke));
        MIEN_TRY(media::write_picture(image::draw(*last_, {}, strokes), options_.paths));
        files["paths"] = options_.paths;
    }
    return files;
}

}  // namespace mien::cli
