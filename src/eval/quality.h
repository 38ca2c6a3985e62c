#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "eval/degradations.h"
#include "eval/pairs.h"
#include "eval/pieces.h"
#include "pipeline/face_pipeline.h"
#include "statistics/discard.h"
#include "statistics/interval.h"

namespace mien::eval {

// A mated pair whose second picture was degraded.
struct DegradedPair {
    std::string a{};
    std::string b{};
    std::string subject{};
    std::string fold{};
    Degradation degradation{};
    std::optional<float> similarity{};  // none: a face was not found in one of them
    std::optional<Quality> quality_a{};
    std::optional<Quality> quality_b{};
    float detector_score = 0;  // of the worse of both
    float detector_score_b = 0;
    float mesh_confidence_b = 0;
};

// What a capture gate does to the pairs: both samples must pass it. 95 % over subjects.
struct GateFigures {
    std::string profile{};
    statistics::Interval passed_as_is{};  // share of the pairs without an added fault
    statistics::Interval passed{};        // share of all pairs
    statistics::Interval fnmr_passed{};
    statistics::Interval fnmr_refused{};
};

struct QualityRun {
    std::vector<DegradedPair> pairs{};
    float threshold = 0;  // similarity from which on a pair counts as a match
    double fnmr = 0;      // of all pairs at it; not acquired ones count
    std::size_t subjects = 0;
    std::map<std::string, statistics::DiscardCurve> curves{};  // by score: unified, detector, each component
    std::vector<GateFigures> gates{};                          // passport, door, cctv
    std::map<std::string, std::pair<double, std::size_t>> by_degradation{};  // FNMR and number of pairs
};

struct QualityOptions {
    std::filesystem::path folder{};       // pairs' paths are relative to it
    std::filesystem::path samples_out{};  // when given, the degraded pictures are left there as PNG, named by pair
    float threshold = 0;
    int rounds = 1;  // how many of the degradations each pair gets, in turn
    int workers = 1;
    OnProgress on_progress = [](std::size_t, std::size_t) {};
};

// Every mated pair with one of quality_degradations() on its second picture, which one decided by the pair's number;
// qualities and templates by the production path; error against discard for every score, the pair's quality being the
// worse of its two. A face that is not found has the lowest quality, and is a miss.
// Errors: BadInput without mated pairs or without a miss; stopped by the user.
Result<QualityRun> run_quality(const pipeline::FacePipeline& faces, const std::vector<Pair>& pairs,
                               const QualityOptions& options);

// Adds the curve of somebody else's score: a CSV "pair,score" with a head; the number is the pair's in `run`.
// Errors: BadInput.
Status add_peer(QualityRun& run, const std::string& name, ByteView csv);

// One line a pair: similarity, degradation, every native value and score. For fitting and for plots elsewhere.
std::string csv_of(const QualityRun& run);

// A page with the curves.
std::string quality_page(const QualityRun& run, const std::string& data_name);

}  // namespace mien::eval
