#pragma once

#include <array>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "inference/import/dlib_reader.h"

namespace mien::inference {

// A dlib network as a list of steps, in the order of computing. Residual ways are explicit by marks.
struct DlibInput {
    std::array<double, 3> mean{};  // red, green, blue, subtracted before the division by 256
    std::size_t rows = 0;          // 0: any size
    std::size_t columns = 0;
};
struct DlibConvolution {
    std::array<std::size_t, 4> shape{};  // filters, channels, rows, columns
    std::array<std::size_t, 2> stride{};
    std::array<std::size_t, 2> padding{};
    std::vector<float> filters{};
    std::vector<float> biases{};
};
struct DlibAffine {
    std::vector<float> gamma{};
    std::vector<float> beta{};
};
struct DlibRelu {};
enum class DlibPooling { Max, Average };
struct DlibPool {
    DlibPooling kind{};
    std::array<std::size_t, 2> window{};  // 0: the whole map
    std::array<std::size_t, 2> stride{};
    std::array<std::size_t, 2> padding{};
};
struct DlibDense {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    std::vector<float> weights{};  // inputs x outputs
    std::vector<float> biases{};   // empty or `outputs`
};
struct DlibMark {
    int tag = 0;  // remembers what flows here
};
struct DlibRecall {
    int tag = 0;  // goes on from what the mark remembered
};
struct DlibAdd {
    int tag = 0;  // adds what the mark remembered; the smaller of the two is filled up with zeros
};
struct DlibConcat {
    int tag = 0;  // what the mark remembered, then what flows here, along the channels
};
struct DlibScale {
    float factor = 1;
};
using DlibStep = std::variant<DlibConvolution, DlibAffine, DlibRelu, DlibPool, DlibDense, DlibMark, DlibRecall, DlibAdd,
                              DlibConcat, DlibScale>;

struct DlibNet {
    DlibInput input{};
    std::vector<DlibStep> steps{};
};

// Reads a residual or densely connected network saved by dlib (`dlib::serialize` of a trained net with any loss), such
// as its face template networks. The file holds no names for its marks, so the way that dlib's own blocks use them is
// assumed: one mark before a residual block; before an average pool a second mark and a step back to the first; in a
// dense block one mark at its start, whose map comes first in the concatenation (the kept means of dlib's face DenseNet
// bear that out). A repeat of one or two blocks can't be told from marks and is refused. Errors: Corrupt with the byte;
// Unsupported for a layer that isn't known here.
Result<DlibNet> read_dlib_net(ByteView bytes);

}  // namespace mien::inference
