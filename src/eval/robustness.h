#pragma once

#include <filesystem>
#include <functional>

#include "eval/measured_factors.h"
#include "eval/pairs.h"
#include "eval/pieces.h"
#include "pipeline/face_pipeline.h"
#include "statistics/verification.h"

namespace mien::eval {

enum class Origin {
    Synthesised,  // the second picture of each pair was degraded on purpose
    Measured,     // pairs grouped by what was measured in them
    Estimated,    // pairs grouped by a network's guess
};

// Errors at one strength of one factor.
struct FactorFigures {
    std::string factor{};
    std::string level{};
    std::string meaning{};
    Origin origin{};
    statistics::RatesAtThreshold rates{};
};

struct RobustnessRun {
    float threshold = 1;                  // the lowest with a false match rate of at most 1e-2 on the pairs as they are
    std::vector<FactorFigures> levels{};  // the first: the pairs as they are
    std::vector<std::string> not_measured{};
    std::string maker{};
    std::size_t pairs = 0;
    std::size_t mated = 0;
    std::size_t subjects = 0;
};

struct RobustnessOptions {
    std::filesystem::path folder{};  // pairs' paths are relative to it
    std::size_t most_pairs = 0;      // evenly chosen; 0: all
    int workers = 1;
    OnProgress on_progress = [](std::size_t, std::size_t) {};
};

// Verification errors by factor at one threshold, by the production path. The pipeline must hold a mesh (for yaw).
// A picture without a face, or that can't be read, is a failure to acquire. Errors: BadInput without mated or non-mated
// pairs; the engine's; stopped by the user.
Result<RobustnessRun> run_robustness(const pipeline::FacePipeline& faces, const SexEstimator& sex,
                                     std::vector<Pair> pairs, const RobustnessOptions& options);

// Names for JSON and messages.
const char* name_of(Origin origin);

}  // namespace mien::eval
