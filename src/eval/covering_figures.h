#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "eval/coverings.h"
#include "face/quality/coverings.h"
#include "pipeline/face_pipeline.h"
#include "statistics/separation.h"
#include "types/attributes.h"

namespace mien::eval {

// What somebody saw in a picture; none: not sure.
struct CoveringLabel {
    std::string picture{};  // one a subject
    std::optional<bool> glasses{};
    std::optional<bool> dark{};
    std::optional<bool> headwear{};
    std::optional<bool> mouth{};
    std::string part{};
};

// A CSV with a head: picture, glasses (none, clear, dark, unsure), head (bare, covered, unsure), mouth (free, covered,
// unsure), part. Errors: BadInput with the line.
Result<std::vector<CoveringLabel>> read_covering_labels(ByteView csv);

// One face as it was, or with something drawn over it.
struct CoveringSample {
    const CoveringLabel* label = nullptr;
    std::optional<Covering> drawn{};
    bool found = false;  // with a mesh; the rest holds only then
    face::CoveringClues clues{};
    Coverings coverings{};
};

struct CoveringOptions {
    std::filesystem::path folder{};  // of the pictures
    double threshold = 0.5;          // at or above which something counts as worn
    int workers = 1;
    std::function<void(std::size_t, std::size_t)> on_progress = [](std::size_t, std::size_t) {};
};

// One question: who wears what, against whom.
struct CoveringFigures {
    std::string name{};
    statistics::SeparationFigures figures{};
    std::size_t lost = 0;  // faces with it that were not found, or not measured; left out
};

struct CoveringRun {
    std::vector<CoveringSample> samples{};
    std::vector<CoveringFigures> figures{};  // questions without a yes or a no are left out
};

// Measures every labelled picture as it is and with dark glasses, a mask and a cap drawn on, by the production path.
// `labels` must outlive the run. Errors: a picture that can't be read; the engine's; stopped by the user.
Result<CoveringRun> run_coverings(const pipeline::FacePipeline& faces, const std::vector<CoveringLabel>& labels,
                                  const CoveringOptions& options);

// One line a sample: label, what was drawn, clues and probabilities. For fitting.
std::string csv_of(const CoveringRun& run);

}  // namespace mien::eval
