#include "pipeline/kept_crop.h"

#include <algorithm>
#include <cmath>

#include "image/resize.h"
#include "image/warp.h"
#include "media/write_picture.h"

namespace mien::pipeline {

Result<Bytes> kept_crop(const Picture& picture, const FaceRegion& face) {
    constexpr int longest = 640;
    const Box& box = face.box;
    const image::Part part =
        image::cut(picture, {box.x - box.width, box.y - box.height, 3 * box.width, 3 * box.height});
    const int side = std::max(part.picture.width(), part.picture.height());
    if (side <= longest) return media::encode_jpeg(part.picture, 95);
    const auto shrunk = [&](int length) {
        return std::max(1, static_cast<int>(std::lround(double{1} * length * longest / side)));
    };
    return media::encode_jpeg(
        image::resize(part.picture, {shrunk(part.picture.width()), shrunk(part.picture.height())}), 95);
}

}  // namespace mien::pipeline
