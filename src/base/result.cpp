#include "base/result.h"

namespace mien {

const char* name_of(Fault fault) {
    switch (fault) {
        case Fault::BadInput:
            return "BadInput";
        case Fault::NotFound:
            return "NotFound";
        case Fault::Conflict:
            return "Conflict";
        case Fault::Overloaded:
            return "Overloaded";
        case Fault::Unavailable:
            return "Unavailable";
        case Fault::Corrupt:
            return "Corrupt";
        case Fault::Unsupported:
            return "Unsupported";
        case Fault::Bug:
            return "Bug";
    }
    return "Bug";
}

}  // namespace mien
