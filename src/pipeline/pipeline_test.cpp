#include <gtest/gtest.h>

#include <atomic>

#include "pipeline/calibration_file.h"
#include "pipeline/parallel.h"

namespace mien::pipeline {
namespace {

TEST(Parallel, EachIndexOnce) {
    std::vector<std::atomic<int>> seen(1000);
    for_each_index(seen.size(), 4, [&](std::size_t i) { ++seen[i]; });
    for (const auto& count : seen) EXPECT_EQ(count, 1);
    for_each_index(0, 4, [](std::size_t) { FAIL(); });
}

TEST(CalibrationFile, ComesBackAsItWas) {
    const statistics::Calibration calibration{
        "m 1, p", "data", 500, {{0.5f, 0.9, 0.8, 0.95, 0}, {0.75f, 0.02, 0.01, 0.03, 0.1}}};
    const std::string text = to_json(calibration);
    const auto read = read_calibration(as_bytes(text));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), text);
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
    EXPECT_FALSE(shipped_calibration({"other", "1", "x"}));
}

}  // namespace
}  // namespace mien::pipeline
