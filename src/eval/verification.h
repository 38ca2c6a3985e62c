#pragma once

#include <functional>
#include <optional>

#include "eval/pairs.h"
#include "eval/pieces.h"
#include "pipeline/face_pipeline.h"
#include "statistics/calibration.h"
#include "statistics/verification.h"

namespace mien::eval {

// Which sample could not be used, and why.
struct Failure {
    std::string file{};
    std::string why{};
};

struct VerificationRun {
    std::vector<Pair> pairs{};  // with scores filled in
    std::vector<statistics::Comparison> comparisons{};
    std::vector<Failure> failures{};
    statistics::VerificationFigures figures{};
    std::optional<statistics::Calibration> calibration{};
    std::string maker{};
    std::size_t samples = 0;
};

enum class Calibrate { No, Yes };

struct VerificationOptions {
    std::filesystem::path folder{};  // pairs' paths are relative to it
    std::string data_name{};
    Calibrate calibrate = Calibrate::No;
    int workers = 1;
    OnProgress on_progress = [](std::size_t, std::size_t) {};
};

// Templates of every picture by the production path (largest face of each), similarities of all pairs, and their
// judgement. Errors: BadInput when the pairs hold no mated or no non-mated one; stopped by the user.
Result<VerificationRun> run_verification(const pipeline::FacePipeline& faces, std::vector<Pair> pairs,
                                         const VerificationOptions& options);

// The same judgement for scores that somebody else computed.
Result<VerificationRun> judge_scores(std::vector<Pair> pairs);

}  // namespace mien::eval
