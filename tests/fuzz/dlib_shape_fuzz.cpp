#include <cmath>
#include <cstdlib>

#include "face/align/shape.h"

// A predictor that could be read must be safe to run on any box.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto predictor = mien::inference::read_dlib_shape({data, size});
    if (!predictor) return 0;
    static const mien::Picture picture({32, 24});
    for (const mien::Box box : {mien::Box{2, 3, 20, 20}, mien::Box{-1e6f, 5, 1e7f, 1e7f}}) {
        if (mien::face::find_shape(*predictor, picture, box).size() != predictor->points()) std::abort();
    }
    return 0;
}
