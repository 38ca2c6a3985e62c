#include "face/detect/detector.h"

#include <algorithm>
#include <cmath>

#include "face/detect/centerface.h"
#include "image/resize.h"

namespace mien::face {
namespace {

constexpr float smallest_on_canvas =
    14;  // shorter side of the smallest face that the network finds reliably, in canvas pixels
constexpr float largest_canvas = 4096;  // bounds memory and time for huge pictures
constexpr float coarse_canvas = 192;    // longest side of the coarse look, for faces that fill the picture
constexpr float tight_canvas = 128;     // longest side of a third look, for crops that hold nothing but a face
constexpr int tile_side = 1536;         // larger canvases go through the network in tiles, which bounds its memory
constexpr int tile_overlap = 320;       // no smaller than any face that the coarse look leaves to the fine one
constexpr float max_overlap = 0.3f;

FaceRegion scaled(const FaceRegion& region, float factor) {
    const auto point = [factor](Point p) { return Point{p.x * factor, p.y * factor}; };
    const Landmarks5& l = region.landmarks;
    return {{region.box.x * factor, region.box.y * factor, region.box.width * factor, region.box.height * factor},
            region.score,
            {point(l.left_eye), point(l.right_eye), point(l.nose), point(l.left_mouth), point(l.right_mouth)}};
}

FaceRegion moved(const FaceRegion& region, Point by) {
    const auto point = [by](Point p) { return Point{p.x + by.x, p.y + by.y}; };
    const Landmarks5& l = region.landmarks;
    return {{region.box.x + by.x, region.box.y + by.y, region.box.width, region.box.height},
            region.score,
            {point(l.left_eye), point(l.right_eye), point(l.nose), point(l.left_mouth), point(l.right_mouth)}};
}

// Where tiles begin along a side, evenly spread.
std::vector<int> tile_starts(int side) {
    if (side <= tile_side) return {0};
    constexpr int step = tile_side - tile_overlap;
    const int count = (side - tile_overlap + step - 1) / step;
    std::vector<int> starts;
    for (int i = 0; i < count; ++i)
        starts.push_back(static_cast<int>(std::int64_t{side - tile_side} * i / (count - 1)));
    return starts;
}

Picture cut(const Picture& canvas, int x, int y) {
    Picture tile({std::min(tile_side, canvas.width() - x), std::min(tile_side, canvas.height() - y)});
    for (int row = 0; row < tile.height(); ++row)
        std::copy_n(canvas.row(y + row) + x * 3, tile.width() * 3, tile.row(row));
    return tile;
}

// Whether a region may be one part of a face that a neighbouring tile sees whole.
bool cut_off(const Box& box, int start_x, int start_y, Size tile, Size canvas) {
    constexpr float near = 2;
    const auto x = static_cast<float>(start_x);
    const auto y = static_cast<float>(start_y);
    return (start_x > 0 && box.x < x + near) || (start_y > 0 && box.y < y + near) ||
           (start_x + tile.width < canvas.width && box.x + box.width > x + static_cast<float>(tile.width) - near) ||
           (start_y + tile.height < canvas.height && box.y + box.height > y + static_cast<float>(tile.height) - near);
}

Result<std::vector<FaceRegion>> look_at_tiles(const inference::Model& model, const Picture& canvas, float min_score) {
    std::vector<FaceRegion> regions;
    for (const int y : tile_starts(canvas.height())) {
        for (const int x : tile_starts(canvas.width())) {
            const Picture tile = cut(canvas, x, y);
            const std::vector<inference::Tensor> input{centerface_input(tile)};
            MIEN_LET(maps, model.run(input));
            for (const FaceRegion& in_tile : centerface_regions(maps, min_score)) {
                const FaceRegion region = moved(in_tile, {static_cast<float>(x), static_cast<float>(y)});
                if (!cut_off(region.box, x, y, tile.size(), canvas.size())) regions.push_back(region);
            }
        }
    }
    return regions;
}

Result<std::vector<FaceRegion>> look(const inference::Model& model, const Picture& picture, float scale,
                                     float min_score) {
    const Size size{std::max(1, static_cast<int>(std::lround(static_cast<float>(picture.width()) * scale))),
                    std::max(1, static_cast<int>(std::lround(static_cast<float>(picture.height()) * scale)))};
    MIEN_LET(found, look_at_tiles(model, image::resize(picture, size), min_score));
    std::vector<FaceRegion> regions = keep_best(std::move(found), max_overlap);
    for (FaceRegion& region : regions) region = scaled(region, 1 / scale);
    return regions;
}

bool finite(const FaceRegion& region) {
    const auto good = [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); };
    return good({region.box.x, region.box.y}) && good({region.box.width, region.box.height}) &&
           std::ranges::all_of(region.landmarks.points(), good);
}

bool has_channels(const inference::Port& port, std::size_t channels) {
    return port.shape.size() == 4 && port.shape[1] == channels;
}

}  // namespace

Result<Detector> Detector::make(std::shared_ptr<const inference::Model> model) {
    const auto& outputs = model->outputs();
    const bool fits = model->inputs().size() == 1 && has_channels(model->inputs()[0], 3) && outputs.size() == 4 &&
                      has_channels(outputs[0], 1) && has_channels(outputs[1], 2) && has_channels(outputs[2], 2) &&
                      has_channels(outputs[3], 10);
    if (!fits)
        return Error{Fault::Unsupported,
                     "the face detector's model is not a CenterFace network (4 maps of 1, 2, 2, 10 channels)"};
    return Detector(std::move(model));
}

Result<std::vector<FaceRegion>> Detector::find(const Picture& picture, const DetectOptions& options) const {
    if (!(options.min_score >= 0.05f && options.min_score <= 1)) {
        return Error{Fault::BadInput,
                     "the least detection score must be 0.05..1, got " + std::to_string(options.min_score)};
    }
    if (options.min_face_pixels < 8) {
        return Error{Fault::BadInput,
                     "the smallest face must be at least 8 pixels, got " + std::to_string(options.min_face_pixels)};
    }
    const auto longest = static_cast<float>(std::max(picture.width(), picture.height()));
    const float fine =
        std::min({1.0f, smallest_on_canvas / static_cast<float>(options.min_face_pixels), largest_canvas / longest});
    constexpr float not_worth_two_looks = 1.3f;
    const float coarse = fine * longest > not_worth_two_looks * coarse_canvas ? coarse_canvas / longest : fine;
    // The network's view spans some hundred pixels: faces that fill a large canvas are only found on a coarse one.
    MIEN_LET(regions, look(*model_, picture, coarse, options.min_score));
    if (regions.empty() && options.look == Look::Quick && longest > 1.5f * tight_canvas) {
        MIEN_LET(tight, look(*model_, picture, tight_canvas / longest, options.min_score));
        regions = std::move(tight);
    }
    if (fine > coarse && (options.look == Look::Full || regions.empty())) {
        MIEN_LET(more, look(*model_, picture, fine, options.min_score));
        regions.insert(regions.end(), more.begin(), more.end());
        regions = keep_best(std::move(regions), max_overlap);
    }
    std::erase_if(regions, [&](const FaceRegion& region) {
        return !finite(region) ||
               std::min(region.box.width, region.box.height) < static_cast<float>(options.min_face_pixels);
    });
    return regions;
}

}  // namespace mien::face
