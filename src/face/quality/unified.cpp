#include "face/quality/unified.h"

#include <algorithm>
#include <cmath>

namespace mien::face {

Measure unified_score(const std::vector<QualityMeasure>& measures) {
    float product = 1;
    for (const QualityMeasure& m : measures)
        if (m.component == QualityComponent::Focus || m.component == QualityComponent::HeadPoseYaw)
            product *= m.score / 100;
    return 100 * product;
}

}  // namespace mien::face
