#include "base/result.h"

mien::Status remove_it();

mien::Status caller() {
#ifdef WRONG
    remove_it();  // a dropped Result
#else
    MIEN_TRY(remove_it());
#endif
    return {};
}
