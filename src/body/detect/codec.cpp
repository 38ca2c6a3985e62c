#include "body/detect/codec.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mien::body {
namespace {

using inference::Tensor;

constexpr std::size_t nanodet_classes = 80;  // of COCO; the first is the person
constexpr std::size_t nanodet_bins = 11;     // distances 0..10 strides from a cell to each side
constexpr std::array<std::size_t, 3> nanodet_strides{8, 16, 32};
// Mean and spread of ImageNet's blue, green, red that NanoDet was trained with (its configuration files).
constexpr std::array nanodet_mean{103.53f, 116.28f, 123.675f};
constexpr std::array nanodet_spread{57.375f, 57.12f, 58.395f};

bool is_list_of_boxes(const inference::Port& port) {
    return port.shape.size() == 4 && port.shape[3] == 7;
}

Size planes_size(const std::vector<std::size_t>& shape) {
    return {static_cast<int>(shape[3]), static_cast<int>(shape[2])};
}

const Tensor* with_shape(std::span<const Tensor> outputs, std::size_t cells, std::size_t numbers) {
    const auto found = std::ranges::find_if(outputs, [&](const Tensor& t) {
        return t.shape.size() == 3 && t.shape[1] == cells && t.shape[2] == numbers &&
               t.values.size() >= cells * numbers;
    });
    return found == outputs.end() ? nullptr : &*found;
}

// The mean of a distribution whose logarithms up to a constant are given: the distance in strides.
float expected(const float* logits) {
    const float most = *std::max_element(logits, logits + nanodet_bins);
    float sum = 0;
    float weighted = 0;
    for (std::size_t i = 0; i < nanodet_bins; ++i) {
        const float share = std::exp(logits[i] - most);
        sum += share;
        weighted += share * static_cast<float>(i);
    }
    return weighted / sum;
}

Result<std::vector<BodyRegion>> nanodet_regions(const DetectorNet& net, std::span<const Tensor> outputs,
                                                float min_score) {
    std::vector<BodyRegion> regions;
    for (const std::size_t stride : nanodet_strides) {
        const std::size_t columns = static_cast<std::size_t>(net.input.width) / stride;
        const std::size_t cells = columns * (static_cast<std::size_t>(net.input.height) / stride);
        const Tensor* classes = with_shape(outputs, cells, nanodet_classes);
        const Tensor* sides = with_shape(outputs, cells, 4 * nanodet_bins);
        if (classes == nullptr || sides == nullptr)
            return Error{Fault::Corrupt, "the person detector gave no list of " + std::to_string(cells) + " cells"};
        for (std::size_t i = 0; i < cells; ++i) {
            const float score = classes->values[i * nanodet_classes];
            if (!(score >= min_score)) continue;
            const auto step = static_cast<float>(stride);
            const float x = (static_cast<float>(i % columns) + 0.5f) * step;
            const float y = (static_cast<float>(i / columns) + 0.5f) * step;
            const float* logits = sides->values.data() + i * 4 * nanodet_bins;
            const float left = expected(logits) * step;
            const float top = expected(logits + nanodet_bins) * step;
            const float right = expected(logits + 2 * nanodet_bins) * step;
            const float bottom = expected(logits + 3 * nanodet_bins) * step;
            regions.push_back({{x - left, y - top, left + right, top + bottom}, std::min(score, 1.0f)});
        }
    }
    return regions;
}

Result<std::vector<BodyRegion>> centernet_regions(std::span<const Tensor> outputs, float min_score) {
    constexpr std::size_t numbers = 6;  // left, top, right, bottom in pixels, score, class
    const Tensor* list = with_shape(outputs, 100, numbers);
    if (list == nullptr) return Error{Fault::Corrupt, "the person detector gave no list of 100 boxes"};
    std::vector<BodyRegion> regions;
    for (std::size_t i = 0; i + numbers <= list->values.size(); i += numbers) {
        const float* v = list->values.data() + i;
        if (v[5] != 0 || !(v[4] >= min_score)) continue;
        regions.push_back({{v[0], v[1], v[2] - v[0], v[3] - v[1]}, std::min(v[4], 1.0f)});
    }
    return regions;
}

Result<std::vector<BodyRegion>> ssd_regions(const DetectorNet& net, std::span<const Tensor> outputs, float min_score) {
    constexpr std::size_t numbers = 7;  // picture, label, score, left, top, right, bottom
    if (outputs.empty() || outputs[0].values.size() % numbers != 0)
        return Error{Fault::Corrupt, "the person detector gave no list of boxes"};
    const auto width = static_cast<float>(net.input.width);
    const auto height = static_cast<float>(net.input.height);
    std::vector<BodyRegion> regions;
    for (std::size_t i = 0; i < outputs[0].values.size(); i += numbers) {
        const float* v = outputs[0].values.data() + i;
        if (v[0] < 0) break;  // the list ends here
        if (!(v[2] >= min_score)) continue;
        const Box box{v[3] * width, v[4] * height, (v[5] - v[3]) * width, (v[6] - v[4]) * height};
        regions.push_back({box, std::min(v[2], 1.0f)});
    }
    return regions;
}

// The share of the smaller box's area that lies within the other.
float share_inside(const Box& a, const Box& b) {
    const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
    const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
    return width <= 0 || height <= 0 ? 0 : width * height / std::min(a.area(), b.area());
}

bool usable(const BodyRegion& region) {
    const Box& b = region.box;
    return std::isfinite(b.x) && std::isfinite(b.y) && std::isfinite(b.width) && std::isfinite(b.height) &&
           b.width > 0 && b.height > 0;
}

// The value of one channel as the network wants it; channels as in its own order.
float prepared(Codec codec, std::size_t channel, std::uint8_t value) {
    const auto v = static_cast<float>(value);
    return codec == Codec::NanoDet ? (v - nanodet_mean.at(channel)) / nanodet_spread.at(channel) : v;
}

}  // namespace

float usual_score(Codec codec) {
    switch (codec) {
        case Codec::Ssd:
            return 0.5f;
        case Codec::NanoDet:
            return 0.4f;
        case Codec::CenterNet:
            return 0.3f;
    }
    return 1;
}

Result<DetectorNet> recognise(const inference::Model& model) {
    const auto& outputs = model.outputs();
    const bool one_picture = model.inputs().size() == 1 && model.inputs()[0].shape.size() == 4;
    if (one_picture && !outputs.empty()) {
        const std::vector<std::size_t>& in = model.inputs()[0].shape;
        const auto takes_planes = in[1] == 3 && in[2] > 0 && in[3] > 0;
        if (takes_planes && outputs.size() == 1 && is_list_of_boxes(outputs[0]))
            return DetectorNet{Codec::Ssd, planes_size(in)};
        const auto ends_in = [&](std::size_t numbers) {
            return std::ranges::count_if(
                outputs, [&](const auto& port) { return port.shape.size() == 3 && port.shape[2] == numbers; });
        };
        if (takes_planes && outputs.size() == 6 && ends_in(nanodet_classes) == 3 && ends_in(4 * nanodet_bins) == 3)
            return DetectorNet{Codec::NanoDet, planes_size(in)};
        if (in[3] == 3 && in[1] > 0 && in[2] > 0 && ends_in(6) == 1)
            return DetectorNet{Codec::CenterNet, {static_cast<int>(in[2]), static_cast<int>(in[1])}};
    }
    return Error{
        Fault::Unsupported,
        "the person detector must be an SSD of the Open Model Zoo, a NanoDet or a CenterNet of COCO's classes"};
}

Tensor input_of(const DetectorNet& net, const Picture& tile) {
    const auto width = static_cast<std::size_t>(net.input.width);
    const auto height = static_cast<std::size_t>(net.input.height);
    const std::size_t area = width * height;
    const bool interleaved = net.codec == Codec::CenterNet;
    Tensor tensor{
        interleaved ? std::vector<std::size_t>{1, height, width, 3} : std::vector<std::size_t>{1, 3, height, width},
        std::vector<float>(3 * area)};
    for (std::size_t y = 0; y < height; ++y) {
        const std::uint8_t* row = y < static_cast<std::size_t>(tile.height()) ? tile.row(static_cast<int>(y)) : nullptr;
        for (std::size_t x = 0; x < width; ++x) {
            const bool inside = row != nullptr && x < static_cast<std::size_t>(tile.width());
            for (std::size_t c = 0; c < 3; ++c) {
                const std::size_t from = interleaved ? c : 2 - c;  // pictures are red green blue
                const float value = prepared(net.codec, c, inside ? row[3 * x + from] : std::uint8_t{0});
                tensor.values[interleaved ? 3 * (y * width + x) + c : c * area + y * width + x] = value;
            }
        }
    }
    return tensor;
}

Result<std::vector<BodyRegion>> regions_of(const DetectorNet& net, std::span<const Tensor> outputs, float min_score) {
    const auto decoded = [&]() -> Result<std::vector<BodyRegion>> {
        switch (net.codec) {
            case Codec::Ssd:
                return ssd_regions(net, outputs, min_score);
            case Codec::NanoDet:
                return nanodet_regions(net, outputs, min_score);
            case Codec::CenterNet:
                return centernet_regions(outputs, min_score);
        }
        return Error{Fault::Bug, "unknown codec of a person detector"};
    };
    MIEN_LET(regions, decoded());
    std::erase_if(regions, [](const BodyRegion& region) { return !usable(region); });
    return regions;
}

std::vector<BodyRegion> keep_best(std::vector<BodyRegion> regions, const SameBody& same) {
    std::ranges::stable_sort(regions, std::greater{}, &BodyRegion::score);
    std::vector<BodyRegion> kept;
    for (const BodyRegion& region : regions) {
        const bool taken = std::ranges::any_of(kept, [&](const BodyRegion& k) {
            return iou(k.box, region.box) > same.overlap || share_inside(k.box, region.box) > same.inside;
        });
        if (!taken) kept.push_back(region);
    }
    return kept;
}

}  // namespace mien::body
