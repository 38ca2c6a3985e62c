#include "eval/tracking.h"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/counting.h"
#include "eval/replay.h"

namespace mien::eval {
namespace {

MotBox box(int frame, std::int64_t id, double x, double y = 0) {
    return {frame, id, x, y, 10, 20, 1};
}

double figure(const TrackingRun& run, const std::string& name) {
    for (const TrackingFigure& f : run.figures)
        if (f.name == name) return f.value.value;
    ADD_FAILURE() << "no figure " << name;
    return 0;
}

TrackingRun judged(const MotSequence& sequence) {
    auto run = judge_tracking({sequence});
    EXPECT_TRUE(run.has_value());
    return *run;
}

TEST(Tracking, TheTruthItselfIsPerfect) {
    MotSequence sequence{"s", {}, {}};
    for (int frame = 1; frame <= 10; ++frame) {
        sequence.truth.push_back(box(frame, 1, frame));
        sequence.truth.push_back(box(frame, 2, 100));
    }
    sequence.found = sequence.truth;
    for (MotBox& found : sequence.found) found.id += 70;
    const auto run = judged(sequence);
    for (const char* name : {"hota", "deta", "assa", "loca", "mota", "idf1", "idp", "idr"})
        EXPECT_NEAR(figure(run, name), 1, 1e-12) << name;
    for (const char* name : {"motp", "switches", "fragmentations", "false_positives", "misses", "mostly_lost"})
        EXPECT_NEAR(figure(run, name), 0, 1e-12) << name;
    EXPECT_EQ(figure(run, "mostly_tracked"), 2);
}

// One person, ten frames: track 1 on frames 1-4, nothing on 5, track 2 on 6-10; and one false alarm.
TEST(Tracking, ASwitchAMissAndAFalseAlarmByHand) {
    MotSequence sequence{"s", {}, {}};
    for (int frame = 1; frame <= 10; ++frame) {
        sequence.truth.push_back(box(frame, 7, 0));
        if (frame != 5) sequence.found.push_back(box(frame, frame < 5 ? 1 : 2, 0));
    }
    sequence.found.push_back(box(3, 9, 500));
    const auto run = judged(sequence);
    EXPECT_EQ(figure(run, "switches"), 1);
    EXPECT_EQ(figure(run, "fragmentations"), 1);
    EXPECT_EQ(figure(run, "misses"), 1);
    EXPECT_EQ(figure(run, "false_positives"), 1);
    EXPECT_NEAR(figure(run, "mota"), 1 - 3.0 / 10, 1e-12);
    EXPECT_NEAR(figure(run, "idf1"), 2 * 5.0 / (10 + 10), 1e-12);  // track 2 names five boxes rightly
    EXPECT_NEAR(figure(run, "deta"), 9.0 / 11, 1e-12);
    // Track 1: 4 of 10 boxes, A = 4/10; track 2: 5/10. Mean over the nine true positives.
    const double association = (4 * 0.4 + 5 * 0.5) / 9;
    EXPECT_NEAR(figure(run, "assa"), association, 1e-12);
    EXPECT_NEAR(figure(run, "hota"), std::sqrt(9.0 / 11 * association), 1e-12);
    EXPECT_EQ(figure(run, "mostly_tracked"), 1);  // nine of ten
}

// IoU of boxes of width 10 shifted by 2 is 8/12: found at thresholds up to 0.65, and matched for MOTA.
TEST(Tracking, OverlapDecidesWhatIsFound) {
    const auto run = judged({"s", {box(1, 1, 0), box(2, 1, 0)}, {box(1, 1, 2), box(2, 1, 2)}});
    EXPECT_NEAR(figure(run, "motp"), 1 - 8.0 / 12, 1e-12);
    EXPECT_NEAR(figure(run, "deta"), 13.0 / 19, 1e-12);
    EXPECT_NEAR(figure(run, "loca"), (13 * 8.0 / 12 + 6) / 19, 1e-12);
    const auto far = judged({"s", {box(1, 1, 0)}, {box(1, 1, 6)}});  // 4/16
    EXPECT_NEAR(figure(far, "mota"), -1, 1e-12);
    EXPECT_TRUE(std::isnan(figure(far, "motp")));
}

// Who was matched stays matched although another box is nearer.
TEST(Tracking, MatchesAreCarriedOn) {
    const auto run = judged({"s", {box(1, 1, 0), box(2, 1, 0)}, {box(1, 5, 1), box(2, 5, 3), box(2, 6, 0)}});
    EXPECT_EQ(figure(run, "switches"), 0);
    EXPECT_EQ(figure(run, "false_positives"), 1);
}

TEST(Tracking, IntervalsHoldTheValueAndNarrowWithMoreFilms) {
    std::vector<MotSequence> films;
    for (int s = 0; s < 12; ++s) {
        MotSequence sequence{std::to_string(s), {}, {}};
        for (int frame = 1; frame <= 20; ++frame) {
            sequence.truth.push_back(box(frame, 1, 0));
            if (frame % (2 + s % 3) != 0) sequence.found.push_back(box(frame, 1, 0));
        }
        films.push_back(std::move(sequence));
    }
    const auto run = judge_tracking(films);
    ASSERT_TRUE(run.has_value());
    EXPECT_TRUE(run->drawn_by_sequence);
    for (const TrackingFigure& f : run->figures) {
        EXPECT_LE(f.value.low, f.value.value) << f.name;
        EXPECT_GE(f.value.high, f.value.value) << f.name;
    }
    EXPECT_LT(run->figures[0].value.low, run->figures[0].value.high);
    EXPECT_FALSE(judge_tracking({{"empty", {}, {box(1, 1, 0)}}}));
}

TEST(Mot, ReadsRowsAndNamesTheLineOfAFault) {
    const auto read = [](std::string_view text, MotKind kind) { return read_mot(as_bytes(text), kind); };
    const auto rows = read("1,2,3.5,4,5,6,1,-1,-1,-1\r\n\n2 2 3 4 5 6\n3,2,3,4,5,6,0\n", MotKind::Truth);
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 2u);  // the last one has confidence 0
    EXPECT_EQ(rows->at(0).x, 3.5);
    EXPECT_EQ(rows->at(1).frame, 2);
    for (const char* bad : {"1,2,3,4,5\n", "0,1,1,1,1,1\n", "1.5,1,1,1,1,1\n", "1,1,nan,1,1,1\n", "1,1,x,1,1,1\n",
                            "1,1,1e300,1,1,1\n", "9,1,1,1,1,1\n1,1,1,1,1,1\n1,1,2,2,2,2\n"}) {
        const auto fault = read(bad, MotKind::Result);
        ASSERT_FALSE(fault.has_value()) << bad;
        EXPECT_NE(fault.error().message.find("line "), std::string::npos);
    }
    EXPECT_TRUE(read("1,-1,1,1,1,1\n1,-1,2,2,2,2\n", MotKind::Detections));
}

TEST(Replay, NumbersOnePersonOnceAndWritesWhatItReads) {
    std::vector<MotBox> detections;
    for (int frame = 1; frame <= 30; ++frame)
        detections.push_back({frame, -1, 3.0 * frame, 50, 40, 100, frame % 2 == 0 ? -1 : 0.9});
    const auto tracked = replay(detections, {});
    ASSERT_TRUE(tracked.has_value());
    ASSERT_EQ(tracked->size(), 30u);
    for (const MotBox& found : *tracked) EXPECT_EQ(found.id, 1);
    const auto again = read_mot(as_bytes(mot_text(*tracked)), MotKind::Result);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->size(), 30u);
    EXPECT_NEAR(again->back().x, tracked->back().x, 0.006);
    detections[0].confidence = 40;
    EXPECT_FALSE(replay(detections, {}));
    EXPECT_FALSE(replay({}, {0, {}}));
}

CountedCrossing crossing(int frame, track::Direction direction) {
    return {frame, direction, std::nullopt};
}

TEST(Counting, MatchesOnceWithinTheToleranceAndTheDirection) {
    using enum track::Direction;
    const std::vector<CountedCrossing> truth{crossing(10, In), crossing(20, In), crossing(30, Out), {40, In, 1}};
    const auto run = judge_counting({crossing(12, In), crossing(13, In), crossing(31, In), crossing(42, In)}, truth, 5);
    EXPECT_EQ(run.truth_in, 3);
    EXPECT_EQ(run.counted_in, 4);
    EXPECT_DOUBLE_EQ(run.recall.value, 0.25);
    EXPECT_DOUBLE_EQ(run.precision.value, 0.25);
    EXPECT_DOUBLE_EQ(run.error_in.value, 1);
    EXPECT_DOUBLE_EQ(run.error_out.value, -1);
    EXPECT_DOUBLE_EQ(run.error.value, 0.5);
    EXPECT_EQ(run.missed.size(), 3u);
    EXPECT_EQ(run.invented.size(), 3u);
    EXPECT_LT(run.recall.low, run.recall.value);
    EXPECT_TRUE(std::isnan(judge_counting({}, truth, 5).precision.value));
    EXPECT_TRUE(std::isnan(judge_counting({}, {}, 5).recall.value));
}

TEST(Counting, ReadsDocumentsAndLines) {
    const auto document = read_crossings(as_bytes(
        R"({"line": {}, "crossings": [{"frame": 188, "direction": "in", "tolerance_frames": 3}, {"frame": 9, "direction": "out"}]})"));
    ASSERT_TRUE(document.has_value());
    ASSERT_EQ(document->size(), 2u);
    EXPECT_EQ(document->at(0).tolerance, 3);
    EXPECT_EQ(document->at(1).direction, track::Direction::Out);
    const auto lines =
        read_crossings(as_bytes("{\"event\":\"entered\",\"frame\":3}\n{\"frame\":4,\"direction\":\"in\"}\n\n"));
    ASSERT_TRUE(lines.has_value());
    EXPECT_EQ(lines->size(), 1u);
    for (const char* bad : {"nonsense", "{}", R"([{"frame": -1, "direction": "in"}])",
                            R"([{"frame": 1, "direction": "up"}])", R"([{"frame": "1", "direction": "in"}])"})
        EXPECT_FALSE(read_crossings(as_bytes(bad))) << bad;
    EXPECT_TRUE(read_crossings(as_bytes(""))->empty());
}

}  // namespace
}  // namespace mien::eval
