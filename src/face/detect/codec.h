#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "inference/model.h"
#include "types/picture.h"
#include "types/region.h"

namespace mien::face {

// How a detector's network takes pictures and says where faces are.
enum class Codec {
    CenterFace,  // red green blue, four maps at stride 4 (Xu et al. 2019)
    YuNet,       // blue green red, class, object, box and key points at strides 8, 16, 32 (Wu et al. 2023)
    Anchors,     // red green blue -1..1, boxes and six key points by anchor: MediaPipe's BlazeFace (Bazarevsky 2019)
    Ssd,         // blue green red, up to 200 boxes without landmarks: Open Model Zoo
};

// What a network takes and finds, in pixels of its canvas: the picture as it is scaled for a look.
struct Canvas {
    Size tile{};         // larger canvases go through the network in tiles
    int overlap = 0;     // of tiles
    int multiple = 0;    // tiles are filled up with black to multiples of this; 0: to a whole tile
    float smallest = 0;  // shorter side of the smallest face that is found reliably
    float coarse = 0;    // longest side of the coarse look, for faces that fill the picture; 0: what fits one tile
    float tight = 0;     // longest side of a third look, for crops that hold nothing but a face; 0: none
    float step = 0;      // looks between the coarse and the fine one, each so many times finer; 0: none
    float largest = 0;   // longest side; bounds memory and time for huge pictures
    float enlarge = 1;   // how much a picture may be enlarged to find small faces
};

struct DetectorNet {
    Codec codec{};
    Canvas canvas{};
};

// Tells the codec by the model's ports. Errors: Unsupported for any other network.
Result<DetectorNet> recognise(const inference::Model& model);

inference::Tensor input_of(const DetectorNet& net, const Picture& tile);

// The network's answer as regions in pixels of the tile, overlapping ones included. SSDs know no landmarks: theirs are
// a mean face's in the box. MediaPipe's know the middle of the mouth only: the corners lie beside it as in a mean face.
// Errors: Corrupt when the outputs do not fit the input.
Result<std::vector<FaceRegion>> regions_of(const DetectorNet& net, std::span<const inference::Tensor> outputs,
                                           const inference::Tensor& input, float min_score);

// Keeps the best of overlapping regions (greedy non-maximum suppression), best score first.
std::vector<FaceRegion> keep_best(std::vector<FaceRegion> regions, float max_overlap);

}  // namespace mien::face
