#include "face/detect/detector.h"

#include <algorithm>
#include <cmath>

#include "image/resize.h"
#include "image/warp.h"

namespace mien::face {
namespace {

constexpr float max_overlap = 0.3f;
constexpr float sure = 0.8f;  // no face found upright with this score lies on its side

FaceRegion mapped(const FaceRegion& region, const Affine& map) {
    const Point a = map({region.box.x, region.box.y});
    const Point b = map({region.box.x + region.box.width, region.box.y + region.box.height});
    const Landmarks5& l = region.landmarks;
    return {{std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)},
            region.score,
            {map(l.left_eye), map(l.right_eye), map(l.nose), map(l.left_mouth), map(l.right_mouth)},
            region.turn};
}

// Where tiles begin along a side, evenly spread.
std::vector<int> tile_starts(int side, int tile_side, int overlap) {
    if (side <= tile_side) return {0};
    const int step = tile_side - overlap;
    const int count = (side - overlap + step - 1) / step;
    std::vector<int> starts;
    for (int i = 0; i < count; ++i)
        starts.push_back(static_cast<int>(std::int64_t{side - tile_side} * i / (count - 1)));
    return starts;
}

Picture cut(const Picture& canvas, int x, int y, Size most) {
    Picture tile({std::min(most.width, canvas.width() - x), std::min(most.height, canvas.height() - y)});
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

bool finite(const FaceRegion& region) {
    const auto good = [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); };
    return good({region.box.x, region.box.y}) && good({region.box.width, region.box.height}) &&
           std::ranges::all_of(region.landmarks.points(), good);
}

// Scales of the looks, coarsest first.
std::vector<float> scales_of(const Canvas& canvas, Size size, int min_face_pixels) {
    const auto width = static_cast<float>(size.width);
    const auto height = static_cast<float>(size.height);
    const float longest = std::max(width, height);
    const float fine =
        std::min({canvas.enlarge, canvas.smallest / static_cast<float>(min_face_pixels), canvas.largest / longest});
    const float whole =
        std::min(static_cast<float>(canvas.tile.width) / width, static_cast<float>(canvas.tile.height) / height);
    const float coarse = canvas.coarse > 0 ? canvas.coarse / longest : whole;
    constexpr float not_worth_two_looks = 1.3f;
    if (fine <= not_worth_two_looks * coarse) return {canvas.coarse > 0 ? fine : std::min(fine, coarse)};
    std::vector<float> scales{coarse};
    if (canvas.step > 1) {
        while (scales.back() * canvas.step * not_worth_two_looks < fine) scales.push_back(scales.back() * canvas.step);
    }
    scales.push_back(fine);
    return scales;
}

Status check(const DetectOptions& options) {
    if (!(options.min_score >= 0.05f && options.min_score <= 1)) {
        return Error{Fault::BadInput,
                     "the least detection score must be 0.05..1, got " + std::to_string(options.min_score)};
    }
    if (options.min_face_pixels < 8) {
        return Error{Fault::BadInput,
                     "the smallest face must be at least 8 pixels, got " + std::to_string(options.min_face_pixels)};
    }
    return {};
}

}  // namespace

Result<Detector> Detector::make(std::shared_ptr<const inference::Model> model) {
    MIEN_LET(net, recognise(*model));
    return Detector(std::move(model), net);
}

Result<std::vector<FaceRegion>> Detector::look_at_tiles(const Picture& canvas, float min_score) const {
    const Size most = net_.canvas.tile;
    std::vector<FaceRegion> regions;
    for (const int y : tile_starts(canvas.height(), most.height, net_.canvas.overlap)) {
        for (const int x : tile_starts(canvas.width(), most.width, net_.canvas.overlap)) {
            const Picture tile = cut(canvas, x, y, most);
            const std::vector<inference::Tensor> input{input_of(net_, tile)};
            MIEN_LET(outputs, model_->run(input));
            MIEN_LET(found, regions_of(net_, outputs, input[0], min_score));
            for (const FaceRegion& in_tile : found) {
                const FaceRegion region = mapped(in_tile, {{1, 0, static_cast<float>(x), 0, 1, static_cast<float>(y)}});
                if (!cut_off(region.box, x, y, tile.size(), canvas.size())) regions.push_back(region);
            }
        }
    }
    return regions;
}

Result<std::vector<FaceRegion>> Detector::look(const Picture& picture, float scale, float min_score) const {
    const Size size{std::max(1, static_cast<int>(std::lround(static_cast<float>(picture.width()) * scale))),
                    std::max(1, static_cast<int>(std::lround(static_cast<float>(picture.height()) * scale)))};
    MIEN_LET(found, look_at_tiles(image::resize(picture, size), min_score));
    std::vector<FaceRegion> regions = keep_best(std::move(found), max_overlap);
    for (FaceRegion& region : regions) region = mapped(region, {{1 / scale, 0, 0, 0, 1 / scale, 0}});
    return regions;
}

Result<std::vector<FaceRegion>> Detector::find_upright(const Picture& picture, const DetectOptions& options) const {
    const std::vector<float> scales = scales_of(net_.canvas, picture.size(), options.min_face_pixels);
    MIEN_LET(regions, look(picture, scales.front(), options.min_score));
    const auto longest = static_cast<float>(std::max(picture.width(), picture.height()));
    if (regions.empty() && options.look == Look::Quick && net_.canvas.tight > 0 && longest > 1.5f * net_.canvas.tight) {
        MIEN_LET(tight, look(picture, net_.canvas.tight / longest, options.min_score));
        regions = std::move(tight);
    }
    for (std::size_t i = 1; i < scales.size(); ++i) {
        if (options.look == Look::Quick && !regions.empty()) break;
        MIEN_LET(more, look(picture, scales[i], options.min_score));
        regions.insert(regions.end(), more.begin(), more.end());
        regions = keep_best(std::move(regions), max_overlap);
    }
    std::erase_if(regions, [&](const FaceRegion& region) {
        return !finite(region) ||
               std::min(region.box.width, region.box.height) < static_cast<float>(options.min_face_pixels);
    });
    if (!refiner_) return regions;
    for (FaceRegion& region : regions) {
        MIEN_LET(landmarks, refiner_->find(picture, region.box));
        region.landmarks = landmarks;
    }
    return regions;
}

Result<std::vector<FaceRegion>> Detector::find(const Picture& picture, const DetectOptions& options) const {
    MIEN_TRY(check(options));
    MIEN_LET(regions, find_upright(picture, options));
    if (options.turn == Turn::Off || (!regions.empty() && regions.front().score >= sure)) return regions;
    for (const QuarterTurn turn : {QuarterTurn::Clockwise, QuarterTurn::Half, QuarterTurn::Anticlockwise}) {
        const image::Turned turned = image::turned(picture, turn);
        MIEN_LET(more, find_upright(turned.picture, options));
        for (FaceRegion& region : more) {
            region.turn = turn;
            regions.push_back(mapped(region, turned.to_source));
        }
    }
    return keep_best(std::move(regions), max_overlap);
}

}  // namespace mien::face
