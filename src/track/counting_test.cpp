#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "track/counting.h"
#include "track/floor.h"
#include "track/zone.h"

namespace mien::track {
namespace {

using namespace std::chrono_literals;

// Feet at (x, y); 100 pixels tall, so that the margin is 5.
TrackedRegion standing(float x, float y, int frame, std::int64_t track = 1, float score = 0.9f) {
    return {track, frame, std::chrono::milliseconds(100 * frame), {x - 20, y - 100, 40, 100}, score};
}

struct Told {
    std::vector<Crossing> crossings{};
    Count in{};
    Count out{};
};
Told walk(const Line& line, const std::vector<Point>& way) {
    auto counter = LineCounter::make(line);
    EXPECT_TRUE(counter.has_value());
    Told told;
    for (std::size_t i = 0; i < way.size(); ++i) {
        const auto region = standing(way[i].x, way[i].y, static_cast<int>(i));
        for (const Crossing& crossing : counter->step({&region, 1})) told.crossings.push_back(crossing);
    }
    told.in = counter->count(Direction::In);
    told.out = counter->count(Direction::Out);
    return told;
}

// From the bottom to the top: left to right is in, as in the hand-counted clip.
constexpr Line upwards{{560, 432}, {560, 0}};

TEST(LineCounter, LeftToRightOfAnUpwardLineIsIn) {
    const Told told = walk(upwards, {{500, 390}, {550, 390}, {563, 390}, {580, 390}, {620, 390}});
    ASSERT_EQ(told.crossings.size(), 1u);
    EXPECT_EQ(told.crossings[0].direction, Direction::In);
    EXPECT_EQ(told.crossings[0].frame, 2);  // told in frame 3, when it was sure
    EXPECT_NEAR(told.crossings[0].confidence, 0.9, 1e-6);
    EXPECT_EQ(told.in.value, 1);
    EXPECT_EQ(told.out.value, 0);
    const Told back = walk(upwards, {{620, 390}, {500, 390}});
    ASSERT_EQ(back.crossings.size(), 1u);
    EXPECT_EQ(back.crossings[0].direction, Direction::Out);
}

TEST(LineCounter, ShakingTurningBackAndStandingCountNothing) {
    EXPECT_TRUE(
        walk(upwards, {{500, 390}, {562, 390}, {558, 390}, {563, 390}, {557, 390}, {500, 390}}).crossings.empty());
    std::vector<Point> stands{{500, 390}};
    for (int i = 0; i < 100; ++i) stands.push_back({560.0f + (i % 2 == 0 ? 3.0f : -3.0f), 390});
    EXPECT_TRUE(walk(upwards, stands).crossings.empty());
    stands.push_back({600, 390});
    EXPECT_EQ(walk(upwards, stands).crossings.size(), 1u);
}

TEST(LineCounter, AWholeUTurnCountsOnceEachWay) {
    const Told told = walk(upwards, {{500, 390}, {600, 390}, {500, 390}, {600, 390}});
    EXPECT_EQ(told.in.value, 2);
    EXPECT_EQ(told.out.value, 1);
}

TEST(LineCounter, OnlyTheSegmentCounts) {
    EXPECT_TRUE(walk(upwards, {{500, 500}, {620, 500}}).crossings.empty());
    // Past the end and back through the segment: out only.
    const Told told = walk(upwards, {{500, 500}, {620, 500}, {620, 300}, {500, 300}});
    EXPECT_EQ(told.in.value, 0);
    EXPECT_EQ(told.out.value, 1);
}

TEST(LineCounter, WhoVanishesOnTheLineWidensTheInterval) {
    const Told told = walk(upwards, {{500, 390}, {563, 390}});
    EXPECT_EQ(told.in.value, 0);
    EXPECT_EQ(told.in.low, 0);
    EXPECT_EQ(told.in.high, 1);
    EXPECT_FALSE(LineCounter::make({{1, 1}, {1, 1}}));
    EXPECT_FALSE(LineCounter::make(upwards, {2, 1s}));
}

TEST(LineCounter, SpeedOfAWalkAcrossManyFramesDoesNotMatter) {
    std::mt19937 random(2);
    std::normal_distribution<float> jitter(0, 1.2f);
    for (const float speed : {0.3f, 1.0f, 5.0f, 40.0f}) {
        std::vector<Point> way;
        for (float x = 480; x < 640; x += speed) way.push_back({x + jitter(random), 390});
        EXPECT_EQ(walk(upwards, way).crossings.size(), 1u) << speed;
    }
}

TEST(Count, IsPoissonBinomial) {
    EXPECT_EQ(count_of(2, std::vector<double>{1, 1}).low, 2);
    // Of ten at 0.9: P(n <= 6) = 0.0128, P(n <= 7) = 0.0702; P(n <= 9) = 0.651.
    const Count ten = count_of(10, std::vector<double>(10, 0.9));
    EXPECT_EQ(ten.low, 7);
    EXPECT_EQ(ten.high, 10);
    EXPECT_EQ(count_of(0, {}).high, 0);
    const Count many = count_of(5000, std::vector<double>(5000, 0.5));
    EXPECT_EQ(many.low, 2430);  // 2500 - 1.96 * sqrt(1250) = 2430.7
    EXPECT_EQ(many.high, 5000);
}

// How often the interval holds the truth when each crossing is true with just its confidence.
TEST(Count, CoversTheTruth) {
    std::mt19937 random(9);
    std::uniform_real_distribution<double> any(0, 1);
    int held = 0;
    constexpr int rounds = 2000;
    for (int round = 0; round < rounds; ++round) {
        std::vector<double> probabilities(30);
        int truth = 0;
        for (double& p : probabilities) {
            p = 0.5 + any(random) / 2;
            truth += any(random) < p ? 1 : 0;
        }
        const Count count = count_of(30, probabilities);
        held += count.low <= truth && truth <= count.high ? 1 : 0;
    }
    EXPECT_GE(held, rounds * 95 / 100);
}

Zone room() {
    auto zone = Zone::make({{100, 100}, {300, 100}, {300, 300}, {100, 300}});
    EXPECT_TRUE(zone.has_value());
    return std::move(*zone);
}

TEST(Zone, EntersLeavesAndDwells) {
    Zone zone = room();
    std::vector<ZoneEvent> events;
    const std::vector<Point> way{{50, 200},  {102, 200}, {98, 200},  {103, 200}, {150, 200},
                                 {150, 200}, {298, 200}, {302, 200}, {350, 200}};
    for (std::size_t i = 0; i < way.size(); ++i) {
        const auto region = standing(way[i].x, way[i].y, static_cast<int>(i));
        for (const ZoneEvent& event : zone.step({&region, 1}, region.at)) events.push_back(event);
        if (i == 5) {
            EXPECT_EQ(zone.present(), 1);
            EXPECT_EQ(zone.occupancy(), 1);
            EXPECT_EQ(zone.dwell(1, region.at), 200ms);
        }
    }
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].what, ZoneEvent::What::Entered);
    EXPECT_EQ(events[0].frame, 3);
    EXPECT_EQ(events[1].what, ZoneEvent::What::Left);
    EXPECT_EQ(events[1].frame, 7);
    EXPECT_EQ(events[1].dwell, 400ms);
    EXPECT_EQ(zone.occupancy(), 0);
}

TEST(Zone, OperatorsNumberHoldsAndNeverFallsBelowZero) {
    Zone zone = room();
    zone.correct(5);
    const auto inside = standing(200, 200, 0);
    EXPECT_EQ(zone.step({&inside, 1}, 0ms).size(), 1u);  // appears inside
    EXPECT_EQ(zone.occupancy(), 6);
    const auto events = zone.step({}, 3000ms);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].what, ZoneEvent::What::Vanished);
    EXPECT_EQ(zone.occupancy(), 5);
    zone.correct(0);
    const auto again = standing(200, 200, 40, 2);
    ASSERT_EQ(zone.step({&again, 1}, 4000ms).size(), 1u);
    zone.correct(0);
    const auto gone = standing(50, 200, 41, 2);
    ASSERT_EQ(zone.step({&gone, 1}, 4100ms).size(), 1u);
    EXPECT_EQ(zone.occupancy(), 0);
}

TEST(Zone, ConcavePolygonsAndNonsense) {
    const auto zone = Zone::make({{0, 0}, {100, 0}, {100, 100}, {50, 20}, {0, 100}});
    ASSERT_TRUE(zone.has_value());
    EXPECT_TRUE(zone->holds({10, 50}));
    EXPECT_FALSE(zone->holds({50, 50}));
    EXPECT_FALSE(Zone::make({{0, 0}, {1, 1}}));
    EXPECT_FALSE(Zone::make({{0, 0}, {1, 1}, {2, 2}}));
}

TEST(FloorPlan, TakesTheFourPointsToTheirs) {
    // A corridor seen in perspective: 4 metres wide, 10 deep.
    const auto plan =
        FloorPlan::make({{{100, 400}, {540, 400}, {380, 200}, {260, 200}}}, {{{0, 0}, {4, 0}, {4, 10}, {0, 10}}});
    ASSERT_TRUE(plan.has_value());
    const auto corner = (*plan)({380, 200});
    ASSERT_TRUE(corner.has_value());
    EXPECT_NEAR(corner->x, 4, 1e-9);
    EXPECT_NEAR(corner->y, 10, 1e-9);
    // The diagonals meet in the middle on the floor; in the picture at (320, 242.857).
    const auto middle = (*plan)({320, 400 - 200 * 440.0f / 560});
    ASSERT_TRUE(middle.has_value());
    EXPECT_NEAR(middle->x, 2, 1e-4);
    EXPECT_NEAR(middle->y, 5, 1e-4);
    EXPECT_FALSE((*plan)({320, 100}).has_value());  // the sides meet at y = 125: the horizon
    EXPECT_FALSE(FloorPlan::make({{{0, 0}, {1, 0}, {2, 0}, {0, 1}}}, {{{0, 0}, {4, 0}, {4, 10}, {0, 10}}}));
}

TEST(Paths, AreMeasuredInMetres) {
    const auto plan = FloorPlan::make({{{0, 0}, {100, 0}, {100, 100}, {0, 100}}}, {{{0, 0}, {5, 0}, {5, 5}, {0, 5}}});
    ASSERT_TRUE(plan.has_value());
    Paths paths(100ms, *plan);
    for (int frame = 0; frame < 5; ++frame) {
        const auto region = standing(static_cast<float>(20 * frame), 50, frame);
        paths.add({&region, 1});
    }
    const Path path = paths.take(1);
    EXPECT_EQ(path.points.size(), 5u);
    EXPECT_NEAR(path.metres, 4, 1e-6);
    EXPECT_TRUE(paths.take(1).points.empty());
}

TEST(HeatMap, AddsSecondsWhereFeetAre) {
    auto map = HeatMap::make({200, 100}, {4, 2});
    ASSERT_TRUE(map.has_value());
    const std::vector<TrackedRegion> regions{standing(60, 99, 0), standing(199, 10, 0, 2), standing(60, 101, 0, 3)};
    map->add(regions, 0.5);
    map->add(regions, 0.5);
    EXPECT_EQ(map->seconds(), (std::vector<double>{0, 0, 0, 1, 0, 1, 0, 0}));
    EXPECT_FALSE(HeatMap::make({200, 100}, {0, 2}));
}

}  // namespace
}  // namespace mien::track
