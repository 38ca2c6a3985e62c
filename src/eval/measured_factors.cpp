#include "eval/measured_factors.h"

#include <cmath>

#include "image/warp.h"

namespace mien::eval {
namespace {

constexpr std::size_t side = 224;

// dlib's aligned crop, a twentieth wider, at the network's size: where that crop's eyes stand.
constexpr std::array<Point, 2> eyes_in_crop{Point{73.2f, 72.1f}, Point{149.8f, 72.1f}};

double luminance(const std::uint8_t* pixel) {
    const auto linear = [](double value) {
        const double v = value / 255;
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(pixel[0]) + 0.7152 * linear(pixel[1]) + 0.0722 * linear(pixel[2]);
}

float lightness(double luminance) {
    return static_cast<float>(luminance > 0.008856 ? 116 * std::cbrt(luminance) - 16 : 903.3 * luminance);
}

}  // namespace

Result<SexEstimator> SexEstimator::make(std::shared_ptr<const inference::Model> model) {
    const std::vector<std::size_t> wanted{side, side, 3};
    const bool takes = model->inputs().size() == 1 && model->inputs()[0].shape.size() == 4 &&
                       std::equal(wanted.begin(), wanted.end(), model->inputs()[0].shape.begin() + 1);
    const auto single = std::ranges::find_if(
        model->outputs(), [](const inference::Port& port) { return port.shape.size() == 2 && port.shape[1] == 1; });
    if (!takes || single == model->outputs().end())
        return Error{Fault::Unsupported, "the model of sex must take N x 224 x 224 x 3 and give one number"};
    const auto output = static_cast<std::size_t>(single - model->outputs().begin());
    return SexEstimator(std::move(model), output);
}

Result<float> SexEstimator::male(const Picture& picture, const Landmarks5& face) const {
    const Affine to_frame = image::fit_similarity(eyes_in_crop, std::array{face.left_eye, face.right_eye});
    const Picture crop = image::warp(picture, to_frame, {static_cast<int>(side), static_cast<int>(side)});
    const inference::Tensor input{{1, side, side, 3}, {crop.pixels().begin(), crop.pixels().end()}};
    MIEN_LET(outputs, model_->run({&input, 1}));
    return outputs[output_].values.at(0);
}

float cheek_lightness(const Picture& picture, const Landmarks5& face) {
    const Point right{face.right_eye.x - face.left_eye.x, face.right_eye.y - face.left_eye.y};
    const float reach = std::hypot(right.x, right.y) / 8;
    double sum = 0;
    std::size_t count = 0;
    for (const Point eye : {face.left_eye, face.right_eye}) {
        const Point patch{eye.x - 0.6f * right.y, eye.y + 0.6f * right.x};
        for (float y = std::max(0.0f, std::ceil(patch.y - reach));
             y <= patch.y + reach && y < static_cast<float>(picture.height()); ++y) {
            for (float x = std::max(0.0f, std::ceil(patch.x - reach));
                 x <= patch.x + reach && x < static_cast<float>(picture.width()); ++x) {
                sum += luminance(picture.row(static_cast<int>(y)) + 3 * static_cast<std::ptrdiff_t>(x));
                ++count;
            }
        }
    }
    return count == 0 ? 0 : lightness(sum / static_cast<double>(count));
}

Result<Traits> traits_of(const Picture& picture, const pipeline::Face& face, const SexEstimator& sex) {
    MIEN_LET(male, sex.male(picture, face.region.landmarks));
    return Traits{face.pose.yaw, cheek_lightness(picture, face.region.landmarks), male};
}

}  // namespace mien::eval
