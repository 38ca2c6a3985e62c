#pragma once

#include <functional>

#include "base/result.h"

namespace mien::eval {

// Told after each piece of work how many are done, out of how many. Any worker calls it.
using OnProgress = std::function<void(std::size_t done, std::size_t all)>;

// Runs piece(0) to piece(count - 1) on `workers` threads; each piece writes what is its own. The answer is the first
// failure by number, after all have run. Errors: the pieces'; stopped by the user.
Status for_each_piece(std::size_t count, int workers, const OnProgress& on_progress,
                      const std::function<Status(std::size_t)>& piece);

}  // namespace mien::eval
