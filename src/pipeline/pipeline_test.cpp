#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "inference/replay_model.h"
#include "pipeline/calibration_file.h"
#include "pipeline/face_pipeline.h"
#include "pipeline/parallel.h"
#include "pipeline/subject.h"

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
FaceParts replayed_parts() {
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
    return {*face::Detector::make(detector),
            *face::Aligner::make(std::make_shared<const inference::ShapePredictor>(std::move(mean))),
            *face::Embedder::make(std::move(embedder), {"replayed", "1", "test"})};
}

FacePipeline replayed() {
    return FacePipeline(replayed_parts());
}

// The same with a mesh that is as sure as asked for.
FacePipeline replayed_with_mesh(float confidence) {
    using inference::Port;
    using inference::Tensor;
    std::vector<Port> outputs;
    for (const std::size_t count : {1404, 160, 142, 10, 142, 10, 1}) outputs.push_back({"", {1, count}});
    const auto net = std::make_shared<inference::ReplayModel>(
        std::vector<Port>{{"crop", {1, 192, 192, 3}}}, outputs,
        [outputs, confidence](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
            std::vector<Tensor> values;
            for (const Port& port : outputs) {
                Tensor tensor{port.shape, std::vector<float>(port.shape[1])};
                // Places all over the crop: a mesh of one point has no pose.
                for (std::size_t i = 0; i < tensor.values.size(); ++i)
                    tensor.values[i] = 40 + static_cast<float>(i * 37 % 101);
                values.push_back(std::move(tensor));
            }
            values.back().values[0] = confidence;
            return values;
        });
    FaceParts parts = replayed_parts();
    parts.mesh = *face::MeshFinder::make(net);
    return FacePipeline(std::move(parts));
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

std::size_t faces_of(const FacePipeline& faces, const FaceOptions& options) {
    const Frame frame{"made", {}, std::make_shared<Picture>(Size{160, 160})};
    const auto found = faces.analyse(frame, options);
    EXPECT_TRUE(found) << found.error().message;
    return found ? found->size() : 99;
}

TEST(FacePipeline, DropsAWeakFaceThatTheMeshDenies) {
    // The replayed detector scores 0.9.
    FaceOptions options{.wanted = Wanted::Regions, .mesh = Mesh::Yes, .confirm_below = 0.95f};
    EXPECT_EQ(faces_of(replayed_with_mesh(0.2f), options), 0u);
    EXPECT_EQ(faces_of(replayed_with_mesh(0.8f), options), 1u);
    options.faces = Faces::Largest;
    EXPECT_EQ(faces_of(replayed_with_mesh(0.2f), options), 0u);
    options.confirm_below = 0.85f;
    EXPECT_EQ(faces_of(replayed_with_mesh(0.2f), options), 1u);
    EXPECT_EQ(faces_of(replayed_with_mesh(0.2f), {.wanted = Wanted::Regions, .mesh = Mesh::Yes}), 1u);
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

TEST(CalibrationFile, KeepsWhatItSaysOfSeveralPictures) {
    const char* head = R"({"maker":"m","data":"d","subjects":9,"points":[[0.8,0.1,0,0.2,0]],"several":)";
    const auto read = [&](const std::string& several) { return read_calibration(as_bytes(head + several + "}")); };
    const auto good = read(R"({"centre":0.9366,"slope":14.5})");
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_DOUBLE_EQ(good->several->centre, 0.9366);
    EXPECT_EQ(to_json(*read_calibration(as_bytes(to_json(*good)))), to_json(*good));
    for (const char* bad : {R"({"centre":1.5,"slope":1})", R"({"centre":0.5,"slope":-1})", R"({"centre":0.5})", "3"})
        EXPECT_EQ(read(bad).error().fault, Fault::Corrupt) << bad;
}

TEST(Subject, SeveralPicturesMeanWhatOneDoes) {
    const Maker maker{"m", "1", "p"};
    const auto made = [&](float x, float y) { return Template{maker, {x, y}}; };
    statistics::Calibration calibration;
    EXPECT_EQ(Subject::make({}, calibration).error().fault, Fault::BadInput);
    EXPECT_EQ(Subject::make({made(1, 0), made(0, 1)}, calibration).error().fault, Fault::Unavailable);
    const Template probe = made(0.8f, 0.6f);
    const auto one = Subject::make({made(1, 0)}, calibration);
    ASSERT_TRUE(one);
    EXPECT_FLOAT_EQ(*one->similarity(probe), 0.9f);  // (1 + 0.8) / 2
    calibration.several = statistics::Several{0.8, 2};
    const auto same = Subject::make({made(1, 0), made(1, 0)}, calibration);
    EXPECT_FLOAT_EQ(*same->similarity(probe), 0.9f) << "the same picture twice says no more than once";
    const auto two = Subject::make({made(1, 0), made(0, 1)}, calibration);
    ASSERT_TRUE(two);
    // Similarities 0.9 and 0.8; the pictures are 0.5 apart in two of four ordered pairs: spread sqrt(1 - 2 x 0.25).
    EXPECT_FLOAT_EQ(*two->similarity(probe), 0.8f + 0.05f / std::sqrt(0.5f));
    EXPECT_EQ(*two->nearest(probe), 0u);
    EXPECT_EQ(two->similarity({{"other", "1", "p"}, {1, 0}}).error().fault, Fault::BadInput);
    // Several pictures on the other side, too: each pair's mean 0.85; theirs are 0.02 apart in two of four pairs.
    const auto probes = Subject::make({probe, made(0.6f, 0.8f)}, calibration);
    ASSERT_TRUE(probes);
    EXPECT_NEAR(*one->similarity(*probes), 0.8 + 0.05 / std::sqrt(1 - 2 * 0.01), 1e-6);
    EXPECT_NEAR(*two->similarity(*probes), 0.8 + 0.05 / std::sqrt(1 - 2 * (0.25 + 0.01)), 1e-6);
    EXPECT_FLOAT_EQ(*one->similarity(*one), 1);
    EXPECT_NEAR(*probes->similarity(*one), *one->similarity(*probes), 1e-6) << "which side is which does not matter";
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
