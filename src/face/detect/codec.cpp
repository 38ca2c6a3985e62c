#include "face/detect/codec.h"

#include <algorithm>

#include "face/detect/decoders.h"

namespace mien::face {
namespace {

using inference::Port;
using inference::Tensor;

constexpr std::size_t box_numbers = 16;
constexpr std::size_t found_numbers = 7;
constexpr std::size_t yunet_outputs = 12;

bool has_channels(const Port& port, std::size_t channels) {
    return port.shape.size() == 4 && port.shape[1] == channels;
}

bool ends_with(const Port& port, std::size_t last) {
    return !port.shape.empty() && port.shape.back() == last;
}

bool is_centerface(const Port& in, const std::vector<Port>& out) {
    return has_channels(in, 3) && out.size() == 4 && has_channels(out[0], 1) && has_channels(out[1], 2) &&
           has_channels(out[2], 2) && has_channels(out[3], 10);
}

bool is_yunet(const Port& in, const std::vector<Port>& out) {
    if (!has_channels(in, 3) || out.size() != yunet_outputs) return false;
    constexpr std::array<std::size_t, 4> last{1, 1, 4, 10};
    for (std::size_t i = 0; i < yunet_outputs; ++i)
        if (!ends_with(out[i], last.at(i / 3))) return false;
    return true;
}

// Half of the outputs are scores, half are boxes, over 896 or 2304 anchors; the input is a square with channels last.
bool is_anchors(const Port& in, const std::vector<Port>& out) {
    if (in.shape.size() != 4 || in.shape[3] != 3 || in.shape[1] == 0 || in.shape[1] != in.shape[2]) return false;
    std::size_t scores = 0;
    std::size_t boxes = 0;
    for (const Port& port : out) {
        if (port.shape.size() != 3) return false;
        if (ends_with(port, 1)) scores += port.shape[1];
        if (ends_with(port, box_numbers)) boxes += port.shape[1];
    }
    return scores == boxes && (scores == 896 || scores == 2304);
}

bool is_ssd(const Port& in, const std::vector<Port>& out) {
    return has_channels(in, 3) && in.shape[2] > 0 && in.shape[3] > 0 && out.size() == 1 && out[0].shape.size() == 4 &&
           ends_with(out[0], found_numbers);
}

// Fully convolutional networks whose view spans some hundred pixels: faces that fill a large canvas are only found on a
// coarse one.
Canvas free_canvas(float coarse) {
    return {.tile = {1536, 1536},
            .overlap = 320,  // no smaller than any face that the coarse look leaves to the fine one
            .multiple = 32,
            .smallest = 14,
            .coarse = coarse,
            .tight = 128,
            .largest = 4096};
}

// Networks of one input size see one tile as a whole and go through finer looks in between.
Canvas fixed_canvas(Size tile, float smallest) {
    const int shorter = std::min(tile.width, tile.height);
    return {.tile = tile,
            .overlap = shorter * 2 / 5,
            .smallest = smallest,
            .step = 2,
            .largest = 10 * static_cast<float>(shorter),
            .enlarge = 2};
}

enum class Order { RedFirst, BlueFirst };

// 1 x 3 x H x W, 0..255, filled up with black.
Tensor planes(const Picture& tile, Size size, Order order) {
    const auto width = static_cast<std::size_t>(size.width);
    const std::size_t plane = width * static_cast<std::size_t>(size.height);
    Tensor tensor{{1, 3, static_cast<std::size_t>(size.height), width}, std::vector<float>(3 * plane)};
    for (int y = 0; y < tile.height(); ++y) {
        const std::uint8_t* row = tile.row(y);
        float* first = tensor.values.data() + static_cast<std::size_t>(y) * width;
        float* red = order == Order::RedFirst ? first : first + 2 * plane;
        float* green = first + plane;
        float* blue = order == Order::RedFirst ? first + 2 * plane : first;
        for (int x = 0; x < tile.width(); ++x) {
            red[x] = row[x * 3];
            green[x] = row[x * 3 + 1];
            blue[x] = row[x * 3 + 2];
        }
    }
    return tensor;
}

// 1 x H x W x 3, -1..1, filled up with black.
Tensor interleaved(const Picture& tile, Size size) {
    const auto width = static_cast<std::size_t>(size.width);
    const auto height = static_cast<std::size_t>(size.height);
    Tensor tensor{{1, height, width, 3}, std::vector<float>(height * width * 3, -1.0f)};
    for (int y = 0; y < tile.height(); ++y) {
        float* to = tensor.values.data() + static_cast<std::size_t>(y) * width * 3;
        std::transform(tile.row(y), tile.row(y) + tile.width() * 3, to,
                       [](std::uint8_t v) { return static_cast<float>(v) / 127.5f - 1; });
    }
    return tensor;
}

std::vector<FaceRegion> regions_by_anchor(std::span<const Tensor> outputs, std::size_t side, float min_score) {
    std::vector<const Tensor*> scores;
    std::vector<const Tensor*> boxes;
    for (const Tensor& tensor : outputs) (tensor.shape.back() == 1 ? scores : boxes).push_back(&tensor);
    const auto longest_first = [](const Tensor* a, const Tensor* b) { return a->shape[1] > b->shape[1]; };
    std::ranges::sort(scores, longest_first);
    std::ranges::sort(boxes, longest_first);
    return anchor_regions(scores, boxes, side, min_score);
}

// Twelve lists with as many entries as the input has cells.
Status check_yunet(std::span<const Tensor> lists, std::size_t height, std::size_t width) {
    constexpr std::array<std::size_t, 4> numbers{1, 1, 4, 10};
    for (std::size_t i = 0; i < lists.size(); ++i) {
        const std::size_t stride = std::size_t{8} << (i % 3);
        if (lists[i].values.size() != height / stride * (width / stride) * numbers.at(i / 3))
            return Error{Fault::Corrupt, "the face detector's output " + std::to_string(i) + " has " +
                                             std::to_string(lists[i].values.size()) + " numbers, not as many as fit"};
    }
    return {};
}

}  // namespace

Result<DetectorNet> recognise(const inference::Model& model) {
    const auto& out = model.outputs();
    if (model.inputs().size() == 1) {
        const Port& in = model.inputs().front();
        const auto size = [&](std::size_t h, std::size_t w) {
            return Size{static_cast<int>(in.shape[w]), static_cast<int>(in.shape[h])};
        };
        if (is_centerface(in, out)) return DetectorNet{Codec::CenterFace, free_canvas(192)};
        if (is_yunet(in, out)) return DetectorNet{Codec::YuNet, free_canvas(320)};
        if (is_anchors(in, out)) return DetectorNet{Codec::Anchors, fixed_canvas(size(1, 2), 20)};
        if (is_ssd(in, out)) return DetectorNet{Codec::Ssd, fixed_canvas(size(2, 3), 16)};
    }
    return Error{
        Fault::Unsupported,
        "the face detector's model is none of CenterFace, YuNet, MediaPipe's BlazeFace and an SSD of Open Model "
        "Zoo"};
}

inference::Tensor input_of(const DetectorNet& net, const Picture& tile) {
    const int m = net.canvas.multiple;
    const auto filled = [m](int side) { return (side + m - 1) / m * m; };
    const Size size = m == 0 ? net.canvas.tile : Size{filled(tile.width()), filled(tile.height())};
    switch (net.codec) {
        case Codec::CenterFace:
            return planes(tile, size, Order::RedFirst);
        case Codec::YuNet:
        case Codec::Ssd:
            return planes(tile, size, Order::BlueFirst);
        case Codec::Anchors:
            return interleaved(tile, size);
    }
    return {};
}

Result<std::vector<FaceRegion>> regions_of(const DetectorNet& net, std::span<const inference::Tensor> outputs,
                                           const inference::Tensor& input, float min_score) {
    const std::size_t height = input.shape[2];
    const std::size_t width = input.shape[3];
    switch (net.codec) {
        case Codec::CenterFace:
            return centerface_regions(outputs, min_score);
        case Codec::YuNet:
            MIEN_TRY(check_yunet(outputs, height, width));
            return yunet_regions(outputs, width, min_score);
        case Codec::Anchors:
            return regions_by_anchor(outputs, input.shape[1], min_score);
        case Codec::Ssd:
            return ssd_regions(outputs[0], width, height, min_score);
    }
    return Error{Fault::Bug, "unknown codec of a face detector"};
}

std::vector<FaceRegion> keep_best(std::vector<FaceRegion> regions, float max_overlap) {
    std::ranges::stable_sort(regions, std::greater{}, &FaceRegion::score);
    std::vector<FaceRegion> kept;
    for (const FaceRegion& region : regions) {
        const bool covered = std::ranges::any_of(
            kept, [&](const FaceRegion& better) { return iou(better.box, region.box) > max_overlap; });
        if (!covered) kept.push_back(region);
    }
    return kept;
}

}  // namespace mien::face
