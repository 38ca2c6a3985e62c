#pragma once

#include "base/result.h"

namespace mien {

// Long work asks this between steps. True after the first ctrl-C or SIGTERM, once stop_on_signals() was called.
bool stop_asked();

// The first SIGINT or SIGTERM sets stop_asked(); a second one removes unfinished files and ends the process with 130.
// Call once, from main().
void stop_on_signals();

// Error{Unavailable, "stopped by the user"} when stop_asked().
Status go_on();

}  // namespace mien
