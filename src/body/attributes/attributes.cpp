#include "body/attributes/attributes.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "body/crop_input.h"
#include "image/resize.h"
#include "image/warp.h"

namespace mien::body {
namespace {

constexpr Size crop_size{80, 160};
constexpr int around = 2;  // pixels of the crop on each side of a colour's place that its mean takes

std::optional<std::size_t> output_named(const inference::Model& model, const char* name, std::size_t values) {
    const auto& outputs = model.outputs();
    const auto found = std::ranges::find_if(outputs, [&](const inference::Port& port) {
        return port.name == name && port.shape.size() >= 2 && port.shape[1] == values;
    });
    if (found == outputs.end()) return std::nullopt;
    return static_cast<std::size_t>(found - outputs.begin());
}

std::array<std::uint8_t, 3> mean_around(const Picture& crop, int x, int y) {
    std::array<int, 3> sum{};
    int count = 0;
    for (int v = std::max(0, y - around); v <= std::min(crop.height() - 1, y + around); ++v) {
        for (int u = std::max(0, x - around); u <= std::min(crop.width() - 1, x + around); ++u) {
            for (std::size_t c = 0; c < 3; ++c) sum.at(c) += crop.row(v)[static_cast<std::size_t>(u) * 3 + c];
            ++count;
        }
    }
    std::array<std::uint8_t, 3> mean{};
    for (std::size_t c = 0; c < 3; ++c) mean.at(c) = static_cast<std::uint8_t>((sum.at(c) + count / 2) / count);
    return mean;
}

// `place` holds x and y as shares of the crop.
Result<ColourReading> colour_at(const Picture& crop, const Box& body, const inference::Tensor& place) {
    if (place.values.size() < 2 || !std::isfinite(place.values[0]) || !std::isfinite(place.values[1]))
        return Error{Fault::Corrupt, "the network of people's looks gave no place of a colour"};
    const float x = std::clamp(place.values[0], 0.0F, 1.0F);
    const float y = std::clamp(place.values[1], 0.0F, 1.0F);
    const auto pixel = [](float share, int side) {
        return std::min(side - 1, static_cast<int>(share * static_cast<float>(side)));
    };
    // Boxes are measured from the first pixel's corner, points from its centre.
    return ColourReading{{body.x + x * body.width - 0.5F, body.y + y * body.height - 0.5F},
                         mean_around(crop, pixel(x, crop.width()), pixel(y, crop.height()))};
}

}  // namespace

const char* name_of(Look look) {
    switch (look) {
        case Look::Male:
            return "male";
        case Look::Bag:
            return "bag";
        case Look::Backpack:
            return "backpack";
        case Look::Hat:
            return "hat";
        case Look::LongSleeves:
            return "long_sleeves";
        case Look::LongTrousers:
            return "long_trousers";
        case Look::LongHair:
            return "long_hair";
        case Look::Coat:
            return "coat";
    }
    return "";
}

Attribute attribute_of(Look look) {
    switch (look) {
        case Look::Male:
            return Attribute::Male;
        case Look::Bag:
            return Attribute::Bag;
        case Look::Backpack:
            return Attribute::Backpack;
        case Look::Hat:
            return Attribute::Hat;
        case Look::LongSleeves:
            return Attribute::LongSleeves;
        case Look::LongTrousers:
            return Attribute::LongTrousers;
        case Look::LongHair:
            return Attribute::LongHair;
        case Look::Coat:
            return Attribute::Coat;
    }
    return Attribute::Body;
}

Result<AttributeReader> AttributeReader::make(std::shared_ptr<const inference::Model> model) {
    if (!model) return Error{Fault::BadInput, "the reader of people's looks needs a model"};
    const std::vector<std::size_t> wanted{1, 3, crop_size.height, crop_size.width};
    const auto looks = output_named(*model, "453", look_count);
    const auto upper = output_named(*model, "456", 2);
    const auto lower = output_named(*model, "459", 2);
    if (model->inputs().size() != 1 || model->inputs()[0].shape != wanted || !looks || !upper || !lower)
        return Error{Fault::Unsupported,
                     "the network of people's looks must take 1 x 3 x 160 x 80 and give eight probabilities (453) and "
                     "two places (456, 459)"};
    return AttributeReader(std::move(model), {*looks, *upper, *lower});
}

Result<BodyAttributes> AttributeReader::read(const Picture& picture, const Box& body) const {
    if (!meets(picture, body)) return Error{Fault::BadInput, "the body's box does not meet the picture"};
    const image::Part part = image::cut(picture, body);
    const Picture crop = image::resize(part.picture, crop_size);
    const inference::Tensor input = blue_green_red(crop);
    MIEN_LET(outputs, model_->run({&input, 1}));
    if (outputs.size() != model_->outputs().size() || outputs[places_.looks].values.size() < look_count)
        return Error{Fault::Corrupt, "the network of people's looks gave no eight probabilities"};
    BodyAttributes made;
    for (std::size_t i = 0; i < look_count; ++i) {
        const float probability = outputs[places_.looks].values[i];
        if (!std::isfinite(probability))
            return Error{Fault::Corrupt, "the network of people's looks gave no finite probability"};
        made.probabilities.at(i) = std::clamp(probability, 0.0F, 1.0F);
    }
    const Box cut{part.origin.x, part.origin.y, static_cast<float>(part.picture.width()),
                  static_cast<float>(part.picture.height())};
    MIEN_LET(upper, colour_at(crop, cut, outputs[places_.upper]));
    MIEN_LET(lower, colour_at(crop, cut, outputs[places_.lower]));
    made.upper = upper;
    made.lower = lower;
    return made;
}

}  // namespace mien::body
