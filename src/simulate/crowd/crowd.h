#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/crowd/figure.h"
#include "simulate/crowd/truth.h"
#include "simulate/crowd/walks.h"

namespace mien::simulate {

enum class Detections { No, Yes };

struct CrowdOptions {
    std::filesystem::path output{};
    std::filesystem::path people_from{};  // MakeHuman's data, a folder or a tar; empty: none
    std::filesystem::path crops{};        // a folder of cut_people; empty: none. At least one of the two is needed
    std::filesystem::path background{};   // a picture for all cameras; empty: rendered halls
    std::filesystem::path reid{};         // also write ReID crops there; empty: none
    std::uint64_t seed = 1;
    int people = 20;     // 1..500
    int cameras = 2;     // 1..16
    float seconds = 60;  // > 0, at most 36000 frames
    float fps = 10;      // 1..60
    Size size{1280, 720};
    int pillars = 1;                    // of each hall
    std::vector<CountingLine> lines{};  // in pixels, of every camera; empty: one across each hall
    std::vector<Zone> zones{};          // in pixels, of every camera; empty: one in the middle of each hall
    Detections detections = Detections::No;
    int workers = 0;  // 0: one for each core
};

struct Crossing {
    int frame = 0;  // from 1: the first frame on the other side
    int person = 0;
    std::string line{};
    Direction direction = Direction::In;
};

// The truth of one camera.
struct CameraTruth {
    Hall hall{};
    std::vector<CountingLine> lines{};
    std::vector<Zone> zones{};
    std::vector<TruthRow> rows{};  // by frame, then person
    std::vector<Crossing> crossings{};
};

struct Crowd {
    CrowdOptions options{};
    int frames = 0;
    std::vector<Figure> figures{};  // of each person
    std::vector<Walk> walks{};
    std::vector<CameraTruth> cameras{};
};

// done of all pictures that are to be written. Thread rule: called from the workers, one at a time.
using CrowdProgress = std::function<void(std::size_t done, std::size_t all)>;

// Renders people who walk before cameras, and writes pictures and truth as contracts/crowd.md says. The same options
// and seed give the same files on the same build. Errors: BadInput for options out of range or a line end above the
// horizon; NotFound; Corrupt; Unavailable when the disk refuses or the user stops it.
Result<Crowd> simulate_crowd(const CrowdOptions& options, const CrowdProgress& progress);

// Parts of it, for tests.
Result<std::vector<Figure>> make_figures(const CrowdOptions& options);
std::vector<Crossing> crossings_of(const std::vector<Walk>& walks, const Camera& camera, int camera_number,
                                   const std::vector<CountingLine>& lines);
Status write_truth(const Crowd& crowd);
Status write_reid(const Crowd& crowd);

// Calls work(0) … work(count - 1) on `workers` threads; stops at the first failure and gives it back.
Status on_threads(std::size_t count, int workers, const std::function<Status(std::size_t)>& work);

}  // namespace mien::simulate
