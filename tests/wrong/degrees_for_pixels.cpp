#include "types/geometry.h"

mien::Point moved(mien::Point point, float pixels);

mien::Point caller(mien::Degrees yaw) {
#ifdef WRONG
    return moved({}, yaw);  // degrees where pixels belong
#else
    return moved({}, yaw.value * 2.0f);
#endif
}
