#pragma once

namespace mien::statistics {

// A measured value and its 95 % interval.
struct Interval {
    double value = 0;
    double low = 0;
    double high = 0;
};

}  // namespace mien::statistics
