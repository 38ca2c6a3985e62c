#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "inference/replay_model.h"
#include "pipeline/calibration_file.h"
#include "pipeline/face_pipeline.h"
#include "pipeline/parallel.h"

namespace mien::pipeline {
namespace {

TEST(Parallel, EachIndexOnce) {
    std::vector<std::atomic<int>> seen(1000);
    for_each_index(seen.size(), 4, [&](std::size_t i) { ++seen[i]; });
    for (const auto& count : seen) EXPECT_EQ(count, 1);
    for_each_index(0, 4, [](std::size_t) { FAIL(); });
}

// A detector's network that always sees one face in the middle, a predictor that always gives the mean shape, a
// template network that answers with its crop's first numbers.
FacePipeline replayed() {
    using inference::Port;
    using inference::ReplayModel;
    using inference::Tensor;
    const auto detector = std::make_shared<ReplayModel>(
        std::vector<Port>{{"picture", {1, 3, 0, 0}}},
        std::vector<Port>{
            {"heat", {1, 1, 0, 0}}, {"size", {1, 2, 0, 0}}, {"offset", {1, 2, 0, 0}}, {"points", {1, 10, 0, 0}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            const std::size_t rows = inputs[0].shape[2] / 4;
            const std::size_t columns = inputs[0].shape[3] / 4;
            std::vector<Tensor> maps;
            for (const std::size_t channels : {1u, 2u, 2u, 10u})
                maps.push_back({{1, channels, rows, columns}, std::vector<float>(channels * rows * columns)});
            const std::size_t middle = rows / 2 * columns + columns / 2;
            maps[0].values[middle] = 0.9f;
            for (std::size_t c = 0; c < 2; ++c) maps[1].values[c * rows * columns + middle] = std::log(10.0f);
            for (std::size_t c = 0; c < 10; ++c)
                maps[3].values[c * rows * columns + middle] = 0.1f * static_cast<float>(c);
            return maps;
        });
    inference::ShapePredictor mean;
    mean.mean = {0.86f, 0.21f, 0.65f, 0.23f, 0.12f, 0.21f, 0.33f, 0.23f, 0.49f, 0.63f};
    auto embedder = std::make_unique<ReplayModel>(
        std::vector<Port>{{"crops", {0, 3, 150, 150}}}, std::vector<Port>{{"templates", {0, 128}}},
        [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            Tensor out{{1, 128}, {inputs[0].values.begin(), inputs[0].values.begin() + 128}};
            out.values[0] += 1;
            return std::vector<Tensor>{std::move(out)};
        });
    return FacePipeline({*face::Detector::make(detector),
                         *face::Aligner::make(std::make_shared<const inference::ShapePredictor>(std::move(mean))),
                         *face::Embedder::make(std::move(embedder), {"replayed", "1", "test"})});
}

TEST(FacePipeline, ManyThreadsGetWhatOneGets) {
    const FacePipeline faces = replayed();
    auto picture = std::make_shared<Picture>(Size{160, 160});
    std::uint8_t value = 0;
    for (std::uint8_t& pixel : picture->pixels()) pixel = value = static_cast<std::uint8_t>(value * 5 + 3);
    const Frame frame{"made", {}, picture};
    const auto alone = faces.analyse(frame, {});
    ASSERT_TRUE(alone) << alone.error().message;
    ASSERT_EQ(alone->size(), 1u);
    ASSERT_TRUE(alone->front().made);
    std::atomic<int> same{0};
    for_each_index(64, 8, [&](std::size_t) {
        const auto again = faces.analyse(frame, {});
        if (again && again->size() == 1 && again->front().made->values == alone->front().made->values) ++same;
    });
    EXPECT_EQ(same, 64);
}

TEST(CalibrationFile, ComesBackAsItWas) {
    const statistics::Calibration calibration{
        "m 1, p", "data", 500, {{0.5f, 0.9, 0.8, 0.95, 0}, {0.75f, 0.02, 0.01, 0.03, 0.1}}};
    const std::string text = to_json(calibration);
    const auto read = read_calibration(as_bytes(text));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), text);
}

TEST(CalibrationFile, TailAndMissesComeBack) {
    statistics::Calibration calibration{
        "m 1, p", "data", 500, {{0.5f, 0.9, 0.8, 0.95, 0}, {0.75f, 0.02, 0.01, 0.03, 0.1}}, {}, {}};
    calibration.tail = statistics::TailModel{.fit = {0.7, 0.005, -0.1, 0.004},
                                             .replicates = {{0.7, 0.006, -0.2, 0.005}, {0.7, 0.004, 0, 0.003}},
                                             .subjects = 500,
                                             .clustering = 0.75};
    calibration.misses = {{0.6f, 0, 0, 0.01}, {0.8f, 0.25, 0.125, 0.5}};
    const std::string text = to_json(calibration);
    const auto read = read_calibration(as_bytes(text));
    ASSERT_TRUE(read) << read.error().message << text;
    EXPECT_EQ(to_json(*read), text);
    EXPECT_DOUBLE_EQ(read->tail->clustering, 0.75);
    EXPECT_EQ(read->tail->replicates.size(), 2u);
    EXPECT_DOUBLE_EQ(read->tail->replicates[0].share, 0.006);
    EXPECT_DOUBLE_EQ(read->misses_at(0.7f)->value, 0.25);
    for (const char* damage : {"-0.1,0.004]", "\"clustering\": 0.75", "0.25,0.125"}) {
        std::string bad = text;
        const auto at = bad.find(damage);
        ASSERT_NE(at, std::string::npos) << damage << text;
        bad.replace(at, std::string(damage).size(), damage[0] == '"' ? "\"clustering\": 7" : "0.25,-9.125]");
        EXPECT_FALSE(read_calibration(as_bytes(bad))) << bad;
    }
}

TEST(CalibrationFile, RefusesDisorder) {
    EXPECT_FALSE(read_calibration(as_bytes("{}")));
    EXPECT_FALSE(read_calibration(
        as_bytes(R"({"maker":"m","data":"d","subjects":9,"points":[[0.9,0.1,0,0.2,0],[0.8,0.1,0,0.2,0]]})")));
    EXPECT_FALSE(read_calibration(as_bytes(R"({"maker":"m","data":"d","subjects":9,"points":[[0.9,7,0,0.2,0]]})")));
}

TEST(CalibrationFile, TheShippedOneIsForTheDefaultMaker) {
    const auto shipped = shipped_calibration({"dlib-face-resnet", "1", "dlib-landmarks5-150"});
    ASSERT_TRUE(shipped) << shipped.error().message;
    EXPECT_GT(shipped->subjects, 1000u);
    const auto mirrored = shipped_calibration({"dlib-face-resnet", "1", "dlib-landmarks5-150-mirrored"});
    ASSERT_TRUE(mirrored) << mirrored.error().message;
    EXPECT_NE(mirrored->threshold_for(0.01)->threshold, shipped->threshold_for(0.01)->threshold);
    EXPECT_FALSE(shipped_calibration({"other", "1", "x"}));
}

}  // namespace
}  // namespace mien::pipeline
