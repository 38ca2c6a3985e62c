#include "body/detect/detector.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "image/resize.h"
#include "image/warp.h"

namespace mien::body {
namespace {

// A person is found reliably from about this height in the network's input on (docs/bodies.md).
constexpr float reliable_height = 72;
constexpr float tile_overlap = 0.25f;  // of a tile's side
constexpr float not_worth_two_looks = 1.3f;

Status check(const DetectOptions& options) {
    if (options.min_score && !(*options.min_score >= 0.01f && *options.min_score <= 1)) {
        return Error{Fault::BadInput,
                     "the least score of a person must be 0.01..1, got " + std::to_string(*options.min_score)};
    }
    for (const float share : {options.same.overlap, options.same.inside})
        if (!(share >= 0 && share <= 1))
            return Error{Fault::BadInput, "the largest overlap of people must be 0..1, got " + std::to_string(share)};
    if (options.min_height < 8) {
        return Error{Fault::BadInput,
                     "the smallest person must be at least 8 pixels high, got " + std::to_string(options.min_height)};
    }
    if (options.max_tiles < 0)
        return Error{Fault::BadInput, "there can't be " + std::to_string(options.max_tiles) + " tiles"};
    return {};
}

int tiles_along(int side, int tile) {
    if (side <= tile) return 1;
    const int overlap = static_cast<int>(static_cast<float>(tile) * tile_overlap);
    return (side - overlap + (tile - overlap) - 1) / (tile - overlap);
}

// Evenly spread.
std::vector<int> tile_starts(int side, int tile) {
    const int count = tiles_along(side, tile);
    std::vector<int> starts{0};
    for (int i = 1; i < count; ++i) starts.push_back((side - tile) * i / (count - 1));
    return starts;
}

Size scaled(Size size, float scale) {
    const auto side = [scale](int s) {
        return std::max(1, static_cast<int>(std::lround(static_cast<float>(s) * scale)));
    };
    return {side(size.width), side(size.height)};
}

float whole_scale(Size picture, Size input) {
    return std::min(static_cast<float>(input.width) / static_cast<float>(picture.width),
                    static_cast<float>(input.height) / static_cast<float>(picture.height));
}

// The scale of the finer look: as fine as the smallest person needs, never enlarged, and of no more tiles than allowed.
float fine_scale(Size picture, Size input, const DetectOptions& options) {
    float scale = std::min(1.0f, reliable_height / static_cast<float>(options.min_height));
    const auto tiles = [&] {
        const Size canvas = scaled(picture, scale);
        return tiles_along(canvas.width, input.width) * tiles_along(canvas.height, input.height);
    };
    const float whole = whole_scale(picture, input);
    while (scale > whole && tiles() > options.max_tiles) scale *= 0.9f;
    return scale;
}

// Whether a region may be one part of a person whom a neighbouring tile or the whole sees better.
bool cut_off(const Box& box, const Box& tile, Size canvas) {
    constexpr float near = 3;
    return (tile.x > 0 && box.x < tile.x + near) || (tile.y > 0 && box.y < tile.y + near) ||
           (tile.x + tile.width < static_cast<float>(canvas.width) && box.x + box.width > tile.x + tile.width - near) ||
           (tile.y + tile.height < static_cast<float>(canvas.height) &&
            box.y + box.height > tile.y + tile.height - near);
}

Box clipped(const Box& box, Size size) {
    const float left = std::clamp(box.x, 0.0f, static_cast<float>(size.width));
    const float top = std::clamp(box.y, 0.0f, static_cast<float>(size.height));
    const float right = std::clamp(box.x + box.width, left, static_cast<float>(size.width));
    const float bottom = std::clamp(box.y + box.height, top, static_cast<float>(size.height));
    return {left, top, right - left, bottom - top};
}

}  // namespace

Result<BodyDetector> BodyDetector::make(std::shared_ptr<const inference::Model> model) {
    if (!model) return Error{Fault::BadInput, "the person detector needs a model"};
    MIEN_LET(net, recognise(*model));
    return BodyDetector(std::move(model), net);
}

Result<std::vector<BodyRegion>> BodyDetector::look(const Picture& picture, float scale, float min_score) const {
    const Picture canvas = image::resize(picture, scaled(picture.size(), scale));
    std::vector<BodyRegion> regions;
    for (const int y : tile_starts(canvas.height(), net_.input.height)) {
        for (const int x : tile_starts(canvas.width(), net_.input.width)) {
            const Box wanted{static_cast<float>(x), static_cast<float>(y), static_cast<float>(net_.input.width),
                             static_cast<float>(net_.input.height)};
            const image::Part tile = image::cut(canvas, wanted);
            const inference::Tensor input = input_of(net_, tile.picture);
            MIEN_LET(outputs, model_->run({&input, 1}));
            MIEN_LET(found, regions_of(net_, outputs, min_score));
            for (BodyRegion region : found) {
                region.box.x += wanted.x;
                region.box.y += wanted.y;
                if (!cut_off(region.box, wanted, canvas.size())) regions.push_back(region);
            }
        }
    }
    const float across = static_cast<float>(picture.width()) / static_cast<float>(canvas.width());
    const float down = static_cast<float>(picture.height()) / static_cast<float>(canvas.height());
    for (BodyRegion& region : regions) {
        const Box& b = region.box;
        region.box = clipped({b.x * across, b.y * down, b.width * across, b.height * down}, picture.size());
    }
    return regions;
}

Result<std::vector<BodyRegion>> BodyDetector::find(const Picture& picture, const DetectOptions& options) const {
    MIEN_TRY(check(options));
    const float min_score = options.min_score.value_or(usual_score());
    const float whole = whole_scale(picture.size(), net_.input);
    MIEN_LET(regions, look(picture, whole, min_score));
    const float fine = fine_scale(picture.size(), net_.input, options);
    if (options.max_tiles > 0 && fine > not_worth_two_looks * whole) {
        MIEN_LET(more, look(picture, fine, min_score));
        regions.insert(regions.end(), more.begin(), more.end());
    }
    std::erase_if(regions, [&](const BodyRegion& region) {
        return region.box.width <= 0 || region.box.height < static_cast<float>(options.min_height);
    });
    return keep_best(std::move(regions), options.same);
}

}  // namespace mien::body
