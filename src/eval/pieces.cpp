#include "eval/pieces.h"

#include <atomic>
#include <vector>

#include "base/stop.h"
#include "pipeline/parallel.h"

namespace mien::eval {

Status for_each_piece(std::size_t count, int workers, const OnProgress& on_progress,
                      const std::function<Status(std::size_t)>& piece) {
    std::vector<Status> states(count);
    std::atomic<std::size_t> done{0};
    pipeline::for_each_index(count, workers, [&](std::size_t i) {
        states[i] = piece(i);
        on_progress(++done, count);
    });
    MIEN_TRY(go_on());
    for (Status& state : states) MIEN_TRY(std::move(state));
    return {};
}

}  // namespace mien::eval
